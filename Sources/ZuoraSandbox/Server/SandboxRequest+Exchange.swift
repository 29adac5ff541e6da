import Network
import Wire

extension SandboxRequest {
    /// The request of an exchange, with its body still to be read.
    init(_ exchange: HTTPExchange) {
        let head = exchange.head
        self = exchange.withHeadBytes { bytes in
            func text(_ range: Range<Int>) -> String { String(decoding: range.map { bytes[$0] }, as: UTF8.self) }
            return SandboxRequest(
                text(head.methodRange), text(head.pathRange), query: head.queryRange.map(text),
                fields: head.fields.map { Field(text($0.nameRange), text($0.valueRange)) })
        }
        peer = exchange.peerAddress ?? "unix"
    }
}
