import HTTPWire

extension HeaderBlock {
    /// Appends a field line of an answer, as libcurl hands it over. White space before the colon is dropped, as a proxy must (RFC 9112
    /// section 5.1).
    /// - Returns: false for what is no field line, a folded one included.
    mutating func append(responseLine line: Span<UInt8>) -> Bool {
        var end = line.count
        while end > 0, line[end - 1] == 0x0D || line[end - 1] == 0x0A || line[end - 1] == 0x20 || line[end - 1] == 0x09 { end -= 1 }
        var colon = 0
        while colon < end, line[colon] != 0x3A { colon += 1 }
        guard colon < end else { return false }
        var nameEnd = colon
        while nameEnd > 0, line[nameEnd - 1] == 0x20 || line[nameEnd - 1] == 0x09 { nameEnd -= 1 }
        var start = colon + 1
        while start < end, line[start] == 0x20 || line[start] == 0x09 { start += 1 }
        let name = line.extracting(0..<nameEnd)
        return append(.other, nameBytes: name, value: line.extracting(start..<end))
    }
}
