/// Integers and floats of TOML 1.0.
enum TOMLNumber {
    /// nil if the word is no number, or an integer beyond 64 bits.
    static func value(_ word: String) -> Node.Value? {
        guard let digits = withoutUnderscores(word) else { return nil }
        if let radix = radix(digits) {
            return Int(digits.dropFirst(2), radix: radix).map(Node.Value.integer)
        }
        let unsigned = digits.hasPrefix("+") || digits.hasPrefix("-") ? digits.dropFirst() : digits[...]
        let whole = unsigned.utf8.prefix(while: \.isDigit)
        let hasLeadingZero = whole.count > 1 && unsigned.hasPrefix("0")
        guard !whole.isEmpty, !hasLeadingZero else { return nil }
        let rest = unsigned.dropFirst(whole.count)
        if rest.isEmpty { return Int(digits).map(Node.Value.integer) }
        guard isFraction(rest), let number = Double(digits), number.isFinite else { return nil }
        return .float(number)
    }

    /// An underscore stands between two digits.
    private static func withoutUnderscores(_ word: String) -> String? {
        let bytes = Array(word.utf8)
        for (index, byte) in bytes.enumerated() where byte == .underscore {
            guard index > 0, index + 1 < bytes.count, bytes[index - 1].hexValue != nil, bytes[index + 1].hexValue != nil else {
                return nil
            }
        }
        return String(decoding: bytes.filter { $0 != .underscore }, as: UTF8.self)
    }

    private static func radix(_ digits: String) -> Int? {
        // Int(_:radix:) takes a sign, which has no place here.
        guard digits.utf8.dropFirst(2).first?.hexValue != nil else { return nil }
        return switch digits.prefix(2) {
        case "0x": 16
        case "0o": 8
        case "0b": 2
        default: nil
        }
    }

    /// `.5`, `e10`, `.5e-3`: what follows the whole part of a float.
    private static func isFraction(_ text: Substring) -> Bool {
        var rest = text
        if rest.hasPrefix(".") {
            let count = rest.utf8.dropFirst().prefix(while: \.isDigit).count
            guard count > 0 else { return false }
            rest = rest.dropFirst(1 + count)
        }
        if rest.hasPrefix("e") || rest.hasPrefix("E") {
            rest = rest.dropFirst()
            if rest.hasPrefix("+") || rest.hasPrefix("-") { rest = rest.dropFirst() }
            return !rest.isEmpty && rest.utf8.allSatisfy(\.isDigit)
        }
        return rest.isEmpty
    }
}
