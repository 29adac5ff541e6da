public import Wire

/// What a server hands its requests to. Runs on the server's loop.
public protocol RequestHandler: AnyObject {
    /// Serves one request: answers through `exchange`, or aborts it. An exchange that is left unanswered is answered with a 500.
    func handle(_ exchange: HTTPExchange) async

    /// Answers a request that was refused before it could be handed over; its head is not available. The connection closes
    /// afterwards.
    func refuse(_ refusal: Refusal, _ exchange: HTTPExchange) async

    /// A client of a TLS listener did not get as far as a request.
    /// - Parameter address: the client's, without its port; nil when it did not come by TCP.
    func handshakeFailed(_ error: TLSError, _ info: ConnectionInfo, address: String?)
}

extension RequestHandler {
    public func handshakeFailed(_ error: TLSError, _ info: ConnectionInfo, address: String?) {}
}
