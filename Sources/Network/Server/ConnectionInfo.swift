/// What is known of a connection beside its bytes.
public struct ConnectionInfo: Sendable {
    /// Which of the server's listeners it came in by.
    public var listener: Int
    /// Who connected, on a Unix socket.
    public var peer: PeerCredentials?
    /// Subject alternative names (URI and DNS) of a verified client certificate.
    public var subjectAlternativeNames: [String] = []
    public var isTLS = false

    public init(listener: Int, peer: PeerCredentials? = nil) {
        self.listener = listener
        self.peer = peer
    }
}
