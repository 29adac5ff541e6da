/// Why a request is not served: one status and one sentence. After a refusal by the parser the connection closes, since
/// where the next request begins can no longer be known.
public struct Refusal: Error, Hashable, Sendable {
    /// 400, 413, 414, 417, 431, 501 or 505; by a server also 408 and 503.
    public var status: Int
    /// What is wrong, in plain words, with the RFC section that says so. Never contains bytes of the request.
    public var reason: StaticString

    public init(_ status: Int, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    public static func == (a: Refusal, b: Refusal) -> Bool {
        a.status == b.status && a.reason.description == b.reason.description
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(status)
        hasher.combine(reason.description)
    }
}
