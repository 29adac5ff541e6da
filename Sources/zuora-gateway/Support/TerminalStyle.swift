import Glibc

/// Emphasis for people at a terminal; nothing at all for anybody else (https://no-color.org).
struct TerminalStyle {
    let isOn: Bool

    static let standardOutput = TerminalStyle(isOn: unsafe isatty(1) == 1 && getenv("NO_COLOR") == nil)

    func bold(_ text: String) -> String { styled(text, "1") }
    func dim(_ text: String) -> String { styled(text, "2") }
    func good(_ text: String) -> String { styled(text, "1;32") }
    func bad(_ text: String) -> String { styled(text, "1;31") }

    private func styled(_ text: String, _ code: String) -> String { isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
