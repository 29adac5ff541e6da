import CLinux
import Glibc
public import Wire

/// A connected socket on an event loop. Reads and writes never block; `wait` suspends until they can go on.
///
/// Registered once, edge-triggered. Readiness is latched: an edge that comes between a read that found nothing and the suspension
/// is remembered, so that no wake-up is lost. A read that returned less than asked for has drained the socket, so the next
/// wait needs no system call to find that out.
public final class Stream: EventSource {
    /// The result of one read or write.
    public enum Transfer: Hashable, Sendable {
        case bytes(Int)
        /// Nothing can be moved now; `wait`.
        case wouldBlock
        /// The peer closed its side (reads only).
        case end
        /// The connection is broken: an errno value.
        case failed(Int32)
    }

    public private(set) var descriptor: Int32
    /// Whether the peer has closed its side, or the connection is broken, as far as the kernel has told.
    public private(set) var isPeerClosed = false
    /// Called when `isPeerClosed` becomes true, outside any Swift job.
    public var onPeerClosed: (() -> Void)?

    private let reactor: Reactor
    private var reader = Waiter()
    private var writer = Waiter()
    private var timer: Timer?
    private var tls: TLSSession?

    /// Takes over a connected, non-blocking descriptor, and closes it when it is deallocated.
    /// - Throws: `SystemError` when the kernel will not watch it; the descriptor is closed.
    public init(descriptor: Int32, reactor: Reactor) throws(SystemError) {
        self.descriptor = descriptor
        self.reactor = reactor
        guard reactor.poller.watch(descriptor, self, [.readable, .writable, .peerClosed, .edgeTriggered]) else {
            let error = SystemError("epoll_ctl")
            Glibc.close(descriptor)
            self.descriptor = -1
            throw error
        }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    public func ready(_ readiness: Readiness) {
        // TLS may want to write in order to read, and the other way round: then either event is good for both.
        let wakesBoth = !readiness.isDisjoint(with: [.error, .hangup]) || tls?.crosses == true
        if wakesBoth || !readiness.isDisjoint(with: [.readable, .peerClosed]) { reader.becameReady().wake(.ready) }
        if wakesBoth || readiness.contains(.writable) { writer.becameReady().wake(.ready) }
        if !isPeerClosed, !readiness.isDisjoint(with: [.error, .hangup, .peerClosed]) {
            isPeerClosed = true
            onPeerClosed?()
        }
    }

    /// Reads what has arrived into the buffer's free space, of which there must be some.
    public func read(into buffer: inout ByteBuffer) -> Transfer {
        if let tls { return readTLS(tls, into: &buffer) }
        let space = buffer.space
        let descriptor = descriptor
        let count = unsafe buffer.fill { space in unsafe recv(descriptor, space.baseAddress, space.count, 0) }
        if count > 0 {
            // Drained, unless it was filled to the brim or the end of the stream waits behind the data.
            reader.isLatched = count == space || isPeerClosed
            return .bytes(count)
        }
        if count == 0 { return .end }
        return failure(&reader)
    }

    private func readTLS(_ tls: TLSSession, into buffer: inout ByteBuffer) -> Transfer {
        var result = Transfer.wouldBlock
        _ = unsafe buffer.fill { space in
            result = unsafe tls.read(space)
            return if case .bytes(let count) = result { count } else { -1 }
        }
        // Whether OpenSSL or the socket hold more is not known before a read finds nothing.
        reader.isLatched = result != .wouldBlock
        return result
    }

    /// Writes as much as the socket takes.
    public func write(_ bytes: Span<UInt8>) -> Transfer {
        if let tls {
            let result = unsafe bytes.withUnsafeBytes { unsafe tls.write($0) }
            if result == .wouldBlock { writer.isLatched = false }
            return result
        }
        let count = unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, zg_msg_nosignal) }
        if count >= 0 { return .bytes(count) }
        return failure(&writer)
    }

    private func failure(_ waiter: inout Waiter) -> Transfer {
        let code = errno
        if code == EAGAIN || code == EINTR {
            waiter.isLatched = code == EINTR
            return .wouldBlock
        }
        return .failed(code)
    }

    /// Whether a read may find something: false means that it surely would not.
    public var mayBeReadable: Bool { reader.isLatched }

    /// Suspends until there may be something to read, `deadline`, or `interruptReader`.
    public func waitReadable(until deadline: Instant) async -> Wake {
        if reader.isLatched || descriptor < 0 { return .ready }
        return await unsafe withUnsafeContinuation { continuation in
            if unsafe reader.wait(continuation, until: deadline) { setTimer(deadline) }
        }
    }

    /// Has `action` called once, outside any Swift job, when there may be something to read, at `deadline`, or at `interruptReader`:
    /// a wait that costs no task.
    /// - Returns: false when there may be something to read at once; `action` is not called then.
    public func whenReadable(until deadline: Instant, _ action: @escaping (Wake) -> Void) -> Bool {
        guard descriptor >= 0, reader.wait(until: deadline, action) else { return false }
        setTimer(deadline)
        return true
    }

    /// Suspends until there may be room to write, or `deadline`.
    public func waitWritable(until deadline: Instant) async -> Wake {
        if writer.isLatched || descriptor < 0 { return .ready }
        return await unsafe withUnsafeContinuation { continuation in
            if unsafe writer.wait(continuation, until: deadline) { setTimer(deadline) }
        }
    }

    private func setTimer(_ deadline: Instant) {
        guard deadline != .distantFuture else { return }
        let timer = timer ?? Timer(reactor.timers) { [unowned self] in deadlinePassed() }
        self.timer = timer
        // With both sides waiting, the earlier deadline counts.
        timer.schedule(at: min(reader.activeDeadline, writer.activeDeadline))
    }

    private func deadlinePassed() {
        let now = reactor.now
        reader.expire(now).wake(.timedOut)
        writer.expire(now).wake(.timedOut)
        setTimer(min(reader.activeDeadline, writer.activeDeadline))
    }

    /// Ends a wait for reading at once, with `.interrupted`: somebody wants its owner's attention.
    public func interruptReader() { reader.release().wake(.interrupted) }

    /// Becomes the server's side of a TLS connection: shakes hands (RFC 8446), and encrypts from then on.
    /// - Throws: `TLSError.handshakeTimedOut` when the client does not finish by `deadline`; another one when the two find no
    ///   agreement: the alert that says why is on its way then.
    public func acceptTLS(_ context: TLSServerContext, deadline: Instant) async throws(TLSError) {
        let session = try context.makeSession(descriptor: descriptor)
        // Whatever the handshake leaves in the socket has not been looked at.
        defer { reader.isLatched = true }
        while true {
            let wake: Wake
            switch session.handshake() {
            case .done:
                tls = session
                return
            case .failed(let error): throw error
            case .wantsRead:
                reader.isLatched = false
                wake = await waitReadable(until: deadline)
            case .wantsWrite:
                writer.isLatched = false
                wake = await waitWritable(until: deadline)
            }
            if wake != .ready || descriptor < 0 { throw .handshakeTimedOut }
        }
    }

    /// Whether the connection is encrypted.
    public var isTLS: Bool { tls != nil }

    /// URI and DNS names of the client's verified certificate; empty without one.
    public var subjectAlternativeNames: [String] { tls?.subjectAlternativeNames ?? [] }

    /// Closes the sending side; the peer reads an end (close_notify, shutdown(2)).
    public func shutdownWrite() {
        tls?.sendCloseNotify()
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes the socket; waits in progress end as ready, and what they try next fails.
    public func close() {
        guard descriptor >= 0 else { return }
        tls?.sendCloseNotify()
        reactor.poller.forget(descriptor, self)
        Glibc.close(descriptor)
        descriptor = -1
        timer?.cancel()
        onPeerClosed = nil
        reader.becameReady().wake(.ready)
        writer.becameReady().wake(.ready)
    }

    /// Closes the socket so that the peer sees a reset (SO_LINGER of 0), never a clean end.
    public func reset() {
        guard descriptor >= 0 else { return }
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        tls = nil
        close()
    }
}
