import CLinux

/// Who is at the other end of a Unix socket, as the kernel saw it when it connected (SO_PEERCRED, unix(7)).
public struct PeerCredentials: Hashable, Sendable {
    public var pid: Int32
    public var uid: UInt32
    public var gid: UInt32
}

extension Stream {
    /// The peer's credentials; nil for anything but a Unix socket.
    public var peerCredentials: PeerCredentials? {
        var peer = PeerCredentials(pid: 0, uid: 0, gid: 0)
        guard unsafe zg_peer_credentials(descriptor, &peer.pid, &peer.uid, &peer.gid) == 0 else { return nil }
        // What the kernel says of a socket that has no peer credentials, a TCP one.
        if peer.uid == .max { return nil }
        return peer
    }
}
