import CLinux
import Glibc

/// epoll(7), confined to one thread. Not Sendable: only its loop can use it.
///
/// The kernel reuses a descriptor's number the moment it is closed. So each registration has a generation, which is part of the
/// event: an event for a reused descriptor is dropped, and a stale owner cannot remove a successor's registration.
@safe public final class Poller {
    private struct Slot {
        var source: (any EventSource)?
        var generation: UInt32 = 0
    }

    private let epoll: Int32
    private let wakeDescriptor: Int32
    private var slots: [Slot] = []
    /// The kernel's event buffer: allocated once, never exposed.
    private let events: UnsafeMutableBufferPointer<epoll_event>

    init(wakeDescriptor: Int32, batch: Int = 256) throws(SystemError) {
        epoll = epoll_create1(zg_epoll_cloexec)
        if epoll < 0 { throw SystemError("epoll_create1") }
        self.wakeDescriptor = wakeDescriptor
        unsafe events = .allocate(capacity: batch)
        unsafe events.initialize(repeating: epoll_event())
        if zg_epoll_set(epoll, EPOLL_CTL_ADD, wakeDescriptor, zg_epollin, UInt64(wakeDescriptor)) != 0 {
            let error = SystemError("epoll_ctl")
            close(epoll)
            unsafe events.deallocate()
            throw error
        }
    }

    deinit {
        close(epoll)
        unsafe events.deallocate()
    }

    /// Watches `descriptor` for `source`, replacing any earlier registration: a descriptor closed elsewhere leaves a
    /// stale slot here (EEXIST) or none in the kernel (ENOENT), and both are corrected.
    /// - Returns: false if the kernel refuses (ENOSPC: fs.epoll.max_user_watches; EPERM: not a pollable file).
    @discardableResult
    public func watch(_ descriptor: Int32, _ source: any EventSource, _ readiness: Readiness) -> Bool {
        guard descriptor >= 0 else { return false }
        let index = Int(descriptor)
        while slots.count <= index { slots.append(Slot()) }
        if slots[index].source !== source {
            slots[index].generation &+= 1
            slots[index].source = source
        }
        let key = UInt64(slots[index].generation) << 32 | UInt64(index)
        if zg_epoll_set(epoll, EPOLL_CTL_ADD, descriptor, readiness.rawValue, key) == 0 { return true }
        if errno == EEXIST, zg_epoll_set(epoll, EPOLL_CTL_MOD, descriptor, readiness.rawValue, key) == 0 { return true }
        slots[index].source = nil
        return false
    }

    /// Stops watching `descriptor`, if it is still `source`'s.
    /// - Returns: whether it was.
    @discardableResult
    public func unwatch(_ descriptor: Int32, _ source: any EventSource) -> Bool {
        guard forget(descriptor, source) else { return false }
        // ENOENT and EBADF: the kernel already dropped it when the descriptor was closed.
        _ = zg_epoll_set(epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
        return true
    }

    /// Removes `descriptor` without a system call, if it is still `source`'s. For a descriptor that is about to be closed, which also
    /// removes it in the kernel.
    /// - Returns: whether it was `source`'s.
    @discardableResult
    public func forget(_ descriptor: Int32, _ source: any EventSource) -> Bool {
        guard descriptor >= 0, Int(descriptor) < slots.count, slots[Int(descriptor)].source === source else { return false }
        slots[Int(descriptor)].source = nil
        slots[Int(descriptor)].generation &+= 1
        return true
    }

    /// Waits for events, at most `milliseconds` (-1: forever, 0: not at all), then notifies their sources.
    /// - Parameter woke: called once, between the wait and the first event.
    func wait(milliseconds: Int32, woke: () -> Void) {
        let count = unsafe epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)
        woke()
        guard count > 0 else { return }
        for i in 0..<Int(count) {
            let event = unsafe events[i]
            let key = unsafe event.data.u64
            let descriptor = Int(UInt32(truncatingIfNeeded: key))
            if descriptor == Int(wakeDescriptor) {
                var value: UInt64 = 0
                _ = unsafe read(wakeDescriptor, &value, 8)
            } else if descriptor < slots.count, slots[descriptor].generation == UInt32(truncatingIfNeeded: key >> 32) {
                slots[descriptor].source?.ready(Readiness(rawValue: unsafe event.events))
            }
        }
    }
}

/// Kinds of readiness: epoll_ctl(2)'s flags.
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

/// Receives events of a descriptor.
public protocol EventSource: AnyObject {
    /// Called on the loop's thread, outside any Swift job: may only record it, resume a continuation or drive a C library; never block.
    func ready(_ readiness: Readiness)
}

/// A system call that failed.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The failed operation: a system call's name, and its object if that helps.
    public let operation: String
    public let code: Int32

    /// - Parameter code: an errno value.
    public init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// The error for the current errno.
    public init(_ operation: String) { self.init(operation, code: errno) }

    public var description: String { "\(operation): \(Self.text(of: code))" }

    /// The strerror(3) message of an errno value.
    public static func text(of code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
