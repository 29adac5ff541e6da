public import Wire

/// What the stand-in answers, and how the answer is to reach the wire.
public struct SandboxReply: Sendable {
    public var status: Int
    /// Without the fields that frame the message: those follow from `delivery.framing`.
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

    /// A JSON answer.
    static func json(_ status: Int, _ value: JSONValue) -> SandboxReply {
        SandboxReply(
            status: status, fields: [Field("Content-Type", "application/json;charset=utf-8")], body: .bytes(value.serialized))
    }

    /// An answer of plain bytes.
    static func text(_ status: Int, _ type: String, _ text: String) -> SandboxReply {
        SandboxReply(status: status, fields: [Field("Content-Type", type)], body: .bytes(Array(text.utf8)))
    }

    /// The body as JSON, if it is held in memory, is not compressed, and is JSON.
    public var json: JSONValue? {
        guard let bytes = body.bytes, fields.first("Content-Encoding") == nil else { return nil }
        return try? JSONValue(parsing: bytes)
    }
}
