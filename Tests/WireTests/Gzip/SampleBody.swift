import Wire

enum Body {
    /// Bytes that cannot be compressed.
    static func noise(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Bytes like JSON: words from a small list, and ids.
    static func text(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        let words = [#"{"status":"#, #""cancelled","#, #""batchId":"#, #""recordCount":0,"#, #""name":"nightly"},"#]
        var bytes: [UInt8] = []
        while bytes.count < count {
            bytes.append(contentsOf: words[Int.random(in: 0..<words.count, using: &random)].utf8)
            if bytes.count % 3 == 0 { bytes.append(contentsOf: String(random.next(), radix: 16).utf8) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// One of the kinds above, or a run of one byte.
    static func any(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: noise(count, &random)
        case 1: text(count, &random)
        default: Array(repeating: UInt8(truncatingIfNeeded: random.next()), count: count)
        }
    }
}
