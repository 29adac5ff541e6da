/// `uri-host [ ":" port ]`, in a Host field or an absolute-form target (RFC 9110 sections 4.2.1 and 7.2).
enum Authority {
    enum Verdict { case valid, invalid, hasUserinfo }

    static func check(_ text: Span<UInt8>) -> Verdict {
        guard !text.isEmpty else { return .invalid }
        var i = 0
        if text[0] == .leftBracket {
            guard let close = text.firstIndex(of: .rightBracket, in: 0..<text.count), isIPv6(text.extracting(1..<close)) else {
                return .invalid
            }
            i = close + 1
        } else {
            guard text[0] != .colon else { return .invalid }
            while i < text.count, text[i] != .colon {
                if text[i].isHostCharacter {
                    i += 1
                } else if text[i] == .percent {
                    guard i + 2 < text.count, text[i + 1].hexValue != nil, text[i + 2].hexValue != nil else { return .invalid }
                    i += 3
                } else {
                    return text[i] == .at ? .hasUserinfo : .invalid
                }
            }
        }
        if i == text.count { return .valid }
        guard text[i] == .colon else { return .invalid }
        if isPort(text.extracting(i + 1..<text.count)) { return .valid }
        return text.firstIndex(of: .at, in: i..<text.count) == nil ? .invalid : .hasUserinfo
    }

    /// The characters allowed between brackets: those of an IPv6 address. Zones and future address formats are not
    /// accepted; the number of groups is not checked, since the name is not resolved.
    private static func isIPv6(_ text: Span<UInt8>) -> Bool {
        var colons = 0
        for i in text.indices {
            if text[i] == .colon {
                colons += 1
            } else if text[i].hexValue == nil, text[i] != UInt8(ascii: ".") {
                return false
            }
        }
        return colons >= 2 && text.count <= 45
    }

    /// An empty port is that of the scheme (RFC 3986 section 3.2.3).
    private static func isPort(_ text: Span<UInt8>) -> Bool {
        guard text.count <= 5 else { return false }
        var port = 0
        for i in text.indices {
            guard text[i].isDigit else { return false }
            port = port * 10 + Int(text[i] - 0x30)
        }
        return port <= 65535
    }
}
