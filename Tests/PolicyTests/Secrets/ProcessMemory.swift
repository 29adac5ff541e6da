import Glibc

/// A random text that no memory of this process holds in the clear, and a search for it.
struct HiddenText {
    private let scrambled: [UInt8]
    private static let mask: UInt8 = 0xA5
    /// The allocator writes over the head of what is freed: the search is for the rest.
    private static let head = 16

    /// Letters only, so that it is a legal token.
    init(count: Int = 64) {
        scrambled = (0..<count).map { _ in UInt8.random(in: 0x61...0x7A) ^ Self.mask }
    }

    var count: Int { scrambled.count }

    subscript(index: Int) -> UInt8 { scrambled[index] ^ Self.mask }

    /// How often it occurs in the writable memory of this process. Other threads map and unmap memory meanwhile, which can hide
    /// some of it from one look: the best of three counts.
    func occurrences() -> Int { (0..<3).map { _ in look() }.max() ?? 0 }

    private func look() -> Int {
        let file = open("/proc/self/mem", O_RDONLY)
        guard file >= 0 else { return -1 }
        defer { close(file) }
        let chunk = 1 << 20
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: chunk + count, alignment: 16)
        defer { buffer.deallocate() }
        // The buffer is memory too: what is left in it would be found by a later search.
        defer { memset(buffer, 0, chunk + count) }
        var found = 0
        for range in Self.writableRanges() {
            var start = range.lowerBound
            while start < range.upperBound {
                let size = min(chunk + count, range.upperBound - start)
                let got = pread(file, buffer, size, off_t(start))
                if got > 0 { found += matches(buffer, got, from: start, chunk: chunk) }
                memset(buffer, 0, chunk + count)
                start += chunk
            }
        }
        return found
    }

    /// Counts what begins within `chunk` of `memory`, a copy of what is at `address`, and is not `memory` itself.
    private func matches(_ memory: UnsafeMutableRawPointer, _ size: Int, from address: Int, chunk: Int) -> Int {
        let own = Int(bitPattern: memory)..<Int(bitPattern: memory) + chunk + count
        var found = 0
        var position = 0
        while position < size, let hit = memchr(memory + position, Int32(self[Self.head]), size - position) {
            let start = memory.distance(to: hit)
            guard start < chunk, start + count - Self.head <= size else { break }
            if !own.contains(address + start),
                (Self.head..<count).allSatisfy({ memory.load(fromByteOffset: start + $0 - Self.head, as: UInt8.self) == self[$0] }
                )
            {
                found += 1
            }
            position = start + 1
        }
        return found
    }

    private static func writableRanges() -> [Range<Int>] {
        guard let file = fopen("/proc/self/maps", "r") else { return [] }
        defer { fclose(file) }
        var ranges: [Range<Int>] = []
        var line = [CChar](repeating: 0, count: 4096)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let fields = text.split(separator: " ", maxSplits: 5)
            guard fields.count > 2, fields[1].hasPrefix("rw") else { continue }
            let ends = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            if ends.count == 2 { ranges.append(ends[0]..<ends[1]) }
        }
        return ranges
    }
}
