/// Zuora entity ids: a UUID, with or without its hyphens, in either case.
enum EntityID {
    /// 32 lower-case hexadecimal digits; nil if it is no id.
    static func normalise(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        let digits: [UInt8]
        switch bytes.count {
        case 32: digits = bytes
        case 36:
            guard [8, 13, 18, 23].allSatisfy({ bytes[$0] == .hyphen }) else { return nil }
            digits = bytes.enumerated().filter { ![8, 13, 18, 23].contains($0.offset) }.map(\.element)
        default: return nil
        }
        guard digits.allSatisfy({ $0.hexValue != nil }) else { return nil }
        return String(decoding: digits, as: UTF8.self).lowercased()
    }
}
