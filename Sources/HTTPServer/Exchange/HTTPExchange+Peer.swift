import EventLoop

extension HTTPExchange {
    /// The client's address without its port; nil when it did not come by TCP. Asks the kernel each time.
    public var peerAddress: String? { connection.stream.peerAddress }
}
