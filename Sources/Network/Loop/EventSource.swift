import CLinux

/// Which kinds of readiness are meant: epoll_ctl(2)'s flags.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Readiness(rawValue: zg_epollin)
    public static let writable = Readiness(rawValue: zg_epollout)
    public static let error = Readiness(rawValue: zg_epollerr)
    public static let hangup = Readiness(rawValue: zg_epollhup)
    public static let peerClosed = Readiness(rawValue: zg_epollrdhup)
    public static let edgeTriggered = Readiness(rawValue: zg_epollet)
}

/// Whoever wants to hear that a descriptor became ready.
public protocol EventSource: AnyObject {
    /// Called on the loop's thread, outside any Swift job: only note it, resume a continuation or drive a C library; never block.
    func ready(_ readiness: Readiness)
}
