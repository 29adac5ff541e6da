/// A fixed set of byte strings, each found by its bytes in constant time: tenant names, entity names, path segments, field names.
///
/// Open addressing, at most half full, immutable. Clients cannot add entries, so a
/// look-up walks at most the longest run of neighbours, which only depends on the set; a keyed hash is not needed.
struct ByteTable: Sendable {
    /// How bytes are compared.
    enum Folding: Sendable {
        /// Exactly.
        case exact
        /// As field names: letters in either case, and every byte that is neither letter nor digit the same as `-`.
        /// Servers that pass fields to programs as variables (CGI, WSGI) do not distinguish `-` from `_`, so neither does this.
        case fieldName
    }

    private let folding: Folding
    /// An index into `ends`, plus one; 0 is a free slot.
    private var slots: [Int32]
    private var ends: [Int32] = [0]
    private var bytes: [UInt8] = []

    /// - Parameter keys: equal ones share the first one's index.
    init(_ keys: [[UInt8]], folding: Folding = .exact) {
        self.folding = folding
        var capacity = 4
        while capacity < keys.count * 2 { capacity *= 2 }
        slots = Array(repeating: 0, count: capacity)
        for (index, key) in keys.enumerated() {
            var slot = 0
            if find(key.span, key.indices, slot: &slot) == nil { slots[slot] = Int32(index + 1) }
            bytes += folding == .exact ? key : key.map(\.foldedFieldName)
            ends.append(Int32(bytes.count))
        }
    }

    init(_ keys: [String], folding: Folding = .exact) { self.init(keys.map { Array($0.utf8) }, folding: folding) }

    var count: Int { ends.count - 1 }

    /// The index of the key that equals `text[range]`.
    func index(of text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var slot = 0
        return find(text, range, slot: &slot)
    }

    func index(of text: String) -> Int? { index(of: text.utf8.span, 0..<text.utf8.count) }

    /// `slot` is left at the free slot that ended the search.
    private func find(_ text: Span<UInt8>, _ range: Range<Int>, slot: inout Int) -> Int? {
        switch folding {
        case .exact: find(text, range, slot: &slot) { $0 }
        case .fieldName: find(text, range, slot: &slot) { $0.foldedFieldName }
        }
    }

    /// One copy for each folding, to avoid a branch per byte.
    @inline(__always)
    private func find(_ text: Span<UInt8>, _ range: Range<Int>, slot: inout Int, _ fold: (UInt8) -> UInt8) -> Int? {
        let text = text.extracting(range)
        let mask = slots.count - 1
        // FNV-1a, its high bits folded into the low ones that pick the slot.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for i in text.indices { hash = (hash ^ UInt64(fold(text[i]))) &* 0x100_0000_01B3 }
        slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            let start = Int(ends[index])
            if Int(ends[index + 1]) - start == text.count, holds(text, at: start, fold) { return index }
            slot = (slot + 1) & mask
        }
        return nil
    }

    @inline(__always)
    private func holds(_ text: Span<UInt8>, at start: Int, _ fold: (UInt8) -> UInt8) -> Bool {
        for i in text.indices where bytes[start + i] != fold(text[i]) { return false }
        return true
    }
}

extension UInt8 {
    /// The byte as folded by `ByteTable.Folding.fieldName`.
    @inline(__always)
    var foldedFieldName: UInt8 {
        switch self {
        case 0x61...0x7A, 0x30...0x39: self
        case 0x41...0x5A: self | 0x20
        default: 0x2D
        }
    }
}
