import Network
import Policy
import Wire

extension ResponseFacts {
    init(_ exchange: UpstreamExchange) {
        let head = exchange.responseHead
        self = exchange.withHead { ResponseFacts(head.fields, $0, contentLength: head.contentLength, now: .now()) }
        isHTTP10 = head.minorVersion == 0
    }
}
