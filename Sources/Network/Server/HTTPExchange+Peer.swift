extension HTTPExchange {
    /// The client's address without its port; nil when it did not come by TCP. Asks the kernel each time.
    public var peerAddress: String? { connection.stream.peerAddress }

    /// Whether the client runs on this machine (in a pod: in this pod): it came by loopback or by a Unix socket.
    public var isFromThisMachine: Bool {
        // Without an address, who was at the other end is known of a Unix socket only: a TCP connection that is gone has none, either.
        guard let address = peerAddress else { return info.peer != nil }
        return address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    }
}
