public import Wire

/// A set of field names, one bit each.
public struct FieldNameSet: Hashable, Sendable, ExpressibleByArrayLiteral {
    private var bits: UInt128 = 0

    public init(arrayLiteral names: FieldName...) {
        for name in names { insert(name) }
    }

    public mutating func insert(_ name: FieldName) { bits |= 1 << UInt128(name.rawValue) }

    public func contains(_ name: FieldName) -> Bool { bits >> UInt128(name.rawValue) & 1 == 1 }
}
