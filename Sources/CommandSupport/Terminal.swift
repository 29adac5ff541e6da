import Glibc

/// Writes a line to standard error.
public func printError(_ text: String) {
    var line = Array(text.utf8)
    line.append(0x0A)
    _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
}

/// Emphasis on a terminal, and plain text anywhere else (https://no-color.org).
public struct TerminalStyle: Sendable {
    public let isOn: Bool

    public init(isOn: Bool) { self.isOn = isOn }

    public static let standardOutput = TerminalStyle(isOn: unsafe isatty(1) == 1 && getenv("NO_COLOR") == nil)

    public func bold(_ text: String) -> String { styled(text, "1") }
    public func dim(_ text: String) -> String { styled(text, "2") }
    public func good(_ text: String) -> String { styled(text, "1;32") }
    public func bad(_ text: String) -> String { styled(text, "1;31") }
    public func marked(_ text: String) -> String { styled(text, "36") }

    private func styled(_ text: String, _ code: String) -> String { isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
