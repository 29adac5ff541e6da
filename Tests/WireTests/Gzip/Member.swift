/// A gzip member put together by hand from RFC 1952, without zlib: stored blocks only.
struct Member {
    var data: [UInt8]
    var extra: [UInt8]?
    var name: String?
    var comment: String?
    var headerCRC = false
    /// Bits to set beyond those that the fields above set.
    var flags: UInt8 = 0
    var method: UInt8 = 8
    /// Added to the right values.
    var crcError: UInt32 = 0
    var lengthError: UInt32 = 0
    var headerCRCError: UInt16 = 0

    init(_ data: [UInt8]) { self.data = data }

    init(_ text: String) { data = Array(text.utf8) }

    var bytes: [UInt8] {
        var out: [UInt8] = [0x1F, 0x8B, method, flagByte, 0, 0, 0, 0, 0, 255]
        if let extra { out += little(UInt16(extra.count)) + extra }
        if let name { out += Array(name.utf8) + [0] }
        if let comment { out += Array(comment.utf8) + [0] }
        if headerCRC { out += little(UInt16(truncatingIfNeeded: crc32(out)) &+ headerCRCError) }
        var rest = data[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            out.append(rest.isEmpty ? 1 : 0)
            out += little(UInt16(block.count)) + little(~UInt16(block.count)) + block
        } while !rest.isEmpty
        return out + little(crc32(data) &+ crcError) + little(UInt32(truncatingIfNeeded: data.count) &+ lengthError)
    }

    private var flagByte: UInt8 {
        flags | (headerCRC ? 2 : 0) | (extra != nil ? 4 : 0) | (name != nil ? 8 : 0) | (comment != nil ? 16 : 0)
    }
}

private func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

private let crcTable: [UInt32] = (0..<256).map { n in
    (0..<8).reduce(UInt32(n)) { c, _ in c & 1 == 1 ? 0xEDB8_8320 ^ (c >> 1) : c >> 1 }
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { c, byte in crcTable[Int(UInt8(truncatingIfNeeded: c) ^ byte)] ^ (c >> 8) }
}
