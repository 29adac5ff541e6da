import Wire

/// Finds field names that `Wire` does not know. Most names that are looked up are none of them, and need one bit test.
struct FieldNameTable: Sendable {
    private let table: ByteTable
    private let keys: [[UInt8]]
    /// A bit for each length that a key has.
    private let lengths: UInt64

    /// - Parameter keys: in lower case.
    init(_ keys: [[UInt8]]) {
        self.keys = keys
        table = ByteTable(keys, folding: .fieldName)
        lengths = keys.reduce(0) { $0 | 1 << UInt64(min($1.count, 63)) }
    }

    /// The key that a name spells. Case is ignored.
    /// - Returns: inexact if another character stands in the place of `-`, which some servers take for the same name.
    func find(_ bytes: Span<UInt8>, _ name: Range<Int>) -> (index: Int, isExact: Bool)? {
        guard lengths >> UInt64(min(name.count, 63)) & 1 == 1, let index = table.index(of: bytes, name) else { return nil }
        return (index, bytes.equals(name, ignoringCase: keys[index]))
    }
}
