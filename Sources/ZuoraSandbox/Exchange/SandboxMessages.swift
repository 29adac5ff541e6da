public import Wire

/// A parsed request to the sandbox, with its complete body in the content coding in which it was sent.
public struct SandboxRequest: Sendable {
    public var method: String
    /// The path as sent, without the query.
    public var path: String
    /// The query without the `?`; nil for a path without one.
    public var query: String?
    public var fields: [Field]
    public var body: [UInt8]
    /// The caller's address without its port. Token calls are counted for each.
    public var peer: String

    public init(
        _ method: String, _ path: String, query: String? = nil, fields: [Field] = [], body: [UInt8] = [],
        peer: String = "127.0.0.1"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.peer = peer
    }

    /// The path's segments. `/a/b/` has a last, empty one.
    var segments: [Substring] { path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { $0 } }

    /// The query's value under that name, decoded.
    func queryValue(_ name: String) -> String? {
        guard let query else { return nil }
        return FormFields(Array(query.utf8)).first(name)
    }

    /// The decoded body; at most 16 MiB. Nil if it does not match its Content-Encoding.
    var plainBody: [UInt8]? {
        let coding = fields.all("Content-Encoding").joined(separator: ",").lowercased()
        if coding.isEmpty || coding == "identity" { return body }
        guard coding == "gzip", let inflater = try? Inflater() else { return nil }
        return try? inflater.inflateWhole(body.span, maximumOutput: 16 << 20)
    }
}

/// The sandbox's response, and how it is to be delivered.
public struct SandboxReply: Sendable {
    public var status: Int
    /// Without framing fields: those follow from `delivery.framing`.
    public var fields: [Field]
    public var body: SandboxBody
    public var delivery = Delivery()
    /// Names the call for `SandboxZuora.finish(_:now:)`; nil for a control call.
    public var call: Int?

    public init(status: Int, fields: [Field] = [], body: SandboxBody = .bytes([])) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A JSON response.
    static func json(_ status: Int, _ value: JSONValue) -> SandboxReply {
        SandboxReply(
            status: status, fields: [Field("Content-Type", "application/json;charset=utf-8")], body: .bytes(value.serialized))
    }

    /// A response with plain bytes.
    static func text(_ status: Int, _ type: String, _ text: String) -> SandboxReply {
        SandboxReply(status: status, fields: [Field("Content-Type", type)], body: .bytes(Array(text.utf8)))
    }

    /// The body as JSON, if it is held in memory, is not compressed, and is JSON.
    public var json: JSONValue? {
        guard let bytes = body.bytes, fields.first("Content-Encoding") == nil else { return nil }
        return try? JSONValue(parsing: bytes)
    }
}

/// The content of a reply.
public enum SandboxBody: Sendable {
    case bytes([UInt8])
    /// Content generated while it is sent, without taking memory for its size.
    case synthetic(SyntheticContent)

    /// Bytes, before any coding that is applied while sending.
    public var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .synthetic(let content): content.count
        }
    }

    /// The bytes, if they are held in memory.
    public var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }
}

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
    /// The lower case of an ASCII capital; any other byte unchanged.
    var lowered: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

extension JSONValue {
    /// An object of the members that have a value.
    static func object(of members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { name, value in value.map { JSONValue.Member(name, $0) } })
    }

    static func int(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }

    /// This object with another member appended; other values are unchanged.
    func adding(_ name: String, _ value: JSONValue?) -> JSONValue {
        guard case .object(let members) = self, let value else { return self }
        return .object(members + [Member(name, value)])
    }
}

/// The pairs of an `application/x-www-form-urlencoded` body or of a query.
struct FormFields {
    private(set) var pairs: [(name: String, value: String)] = []

    init(_ bytes: [UInt8]) {
        for part in bytes.split(separator: UInt8(ascii: "&")) {
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = halves.first else { continue }
            pairs.append((Self.decode(name), halves.count > 1 ? Self.decode(halves[1]) : ""))
        }
    }

    func first(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// Plus signs become spaces, `%XX` a byte; a `%` without two digits after it is unchanged.
    private static func decode(_ bytes: ArraySlice<UInt8>) -> String {
        var out: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            let pair = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), pair.utf8.count == 2, pair.allSatisfy(\.isHexDigit), let value = UInt8(pair, radix: 16)
            {
                out.append(value)
                rest = rest.dropFirst(2)
            } else {
                out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// Where a job lives. A job of one scope does not exist in another.
struct JobScope: Hashable, Sendable {
    var tenant: String
    var entity: String
}
