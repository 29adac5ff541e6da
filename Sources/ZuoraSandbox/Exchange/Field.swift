/// One header field of a request or a reply.
public struct Field: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether the name is this one, in any case (RFC 9110 section 5.1).
    public func isNamed(_ other: String) -> Bool { name.utf8.elementsEqual(other.utf8, by: { $0.lowered == $1.lowered }) }
}

extension [Field] {
    /// The first value under that name.
    public func first(_ name: String) -> String? { first { $0.isNamed(name) }?.value }

    /// Every value under that name, in order.
    public func all(_ name: String) -> [String] { filter { $0.isNamed(name) }.map(\.value) }

    /// Removes every field of that name, then adds one.
    mutating func set(_ name: String, _ value: String) {
        removeAll { $0.isNamed(name) }
        append(Field(name, value))
    }
}

extension UInt8 {
    /// An ASCII capital made small; any other byte as it is.
    var lowered: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}
