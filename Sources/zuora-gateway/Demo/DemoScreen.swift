import Glibc

/// What the demo prints.
struct DemoScreen {
    private let isTerminal = isatty(1) == 1

    func title(_ text: String) { print("\n" + styled(text, "1")) }
    func note(_ text: String) { print("  " + text) }

    /// A message's lines, marked with the direction in which they go.
    func message(_ arrow: String, _ lines: some Sequence<Substring>, marking marked: [String] = []) {
        for line in lines {
            let isMarked = marked.contains { line.lowercased().hasPrefix($0.lowercased()) }
            print("  \(styled(arrow, "2")) " + (isMarked ? styled(String(line), "36") : String(line)))
        }
    }

    func result(_ isGood: Bool, _ text: String) {
        print("\n" + styled(isGood ? "OK" : "FAILED", isGood ? "1;32" : "1;31") + "  " + text)
    }

    private func styled(_ text: String, _ code: String) -> String { isTerminal ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
