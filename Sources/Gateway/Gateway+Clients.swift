import CurlClient

/// The worker's two libcurl clients.
extension Gateway {
    /// Whom to send a request with.
    /// - Parameter isLarge: whether its content, or its answer's, may be.
    func client(_ target: UpstreamTarget, isLarge: Bool) -> CurlClient {
        guard isLarge, target.offersHTTP2 else { return curl }
        if bulk == nil {
            var options = CurlClient.Options()
            options.sharesConnections = false
            // Without memory for another one, it goes with the others.
            bulk = try? CurlClient(reactor: reactor, options: options)
        }
        return bulk ?? curl
    }

    /// Connections to upstreams, idle ones included.
    var upstreamConnections: Int { curl.openConnections + (bulk?.openConnections ?? 0) }

    /// Forgets the targets that a new configuration no longer has.
    func keepOnly(_ targets: [UpstreamTarget]) {
        curl.keepOnly(targets)
        bulk?.keepOnly(targets)
    }

    func closeClients() {
        curl.close()
        bulk?.close()
    }
}
