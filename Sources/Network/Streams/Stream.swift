import CLinux
import Glibc
public import Wire

/// A library that performs I/O on a connection's socket itself, without blocking. It returns `Stream`'s results.
protocol LibraryTransport: AnyObject {
    func read(_ space: UnsafeMutableRawBufferPointer) -> Stream.Transfer
    func write(_ bytes: UnsafeRawBufferPointer) -> Stream.Transfer
}

/// A connected socket on an event loop. Reads and writes never block; `wait` suspends until they can go on.
///
/// Registered once, edge-triggered. Readiness is latched: an edge between an empty read and the suspension
/// is kept, so that no wake-up is lost. A read that returned less than requested has drained the socket, so the next
/// wait needs no system call to detect that.
public final class Stream: EventSource {
    /// The result of one read or write.
    public enum Transfer: Hashable, Sendable {
        case bytes(Int)
        /// Not possible now; `wait`.
        case wouldBlock
        /// The peer closed its side (reads only).
        case end
        /// The connection is broken: an errno value.
        case failed(Int32)
    }

    public private(set) var descriptor: Int32
    /// Whether the peer has closed its side, or the connection is broken, as far as reported by the kernel.
    public private(set) var isPeerClosed = false
    /// Whether nothing can reach the peer anymore: a reset, or both directions closed. Over TCP a peer that has closed its socket
    /// looks like a half-closed one, until it responds to data with a reset.
    public private(set) var isBroken = false
    /// Called when `isPeerClosed` becomes true, and again when `isBroken` does later, outside any Swift job.
    public var onPeerClosed: (() -> Void)?

    /// How the socket is read and written.
    enum Transport {
        case socket
        case tls(TLSSession)
        /// Through the library that established the connection.
        case library(any LibraryTransport)
    }

    private let reactor: Reactor
    private(set) var transport: Transport
    private var reader = Waiter()
    private var writer = Waiter()
    private var timer: Timer?
    /// Closes the socket instead of close(2).
    private var closer: (() -> Void)?
    /// The reader also waits for the socket to become writable.
    private var readerWantsRoom = false

    /// Takes over a connected, non-blocking descriptor, and closes it when it is deallocated.
    /// - Throws: `SystemError` if the kernel refuses to watch it; the descriptor is closed.
    public convenience init(descriptor: Int32, reactor: Reactor) throws(SystemError) {
        try self.init(descriptor: descriptor, reactor: reactor, transport: .socket, closer: nil)
    }

    /// - Parameter closer: called once instead of close(2), also if this throws.
    init(
        descriptor: Int32, reactor: Reactor, transport: Transport, closer: (() -> Void)?
    ) throws(SystemError) {
        self.descriptor = descriptor
        self.reactor = reactor
        self.transport = transport
        self.closer = closer
        guard reactor.poller.watch(descriptor, self, [.readable, .writable, .peerClosed, .edgeTriggered]) else {
            let error = SystemError("epoll_ctl")
            closeDescriptor()
            throw error
        }
    }

    deinit { closeDescriptor() }

    private func closeDescriptor() {
        guard descriptor >= 0 else { return }
        if let closer { closer() } else { Glibc.close(descriptor) }
        closer = nil
        descriptor = -1
    }

    public func ready(_ readiness: Readiness) {
        // TLS may need to write in order to read, and vice versa: then either event wakes both.
        let wakesBoth = !readiness.isDisjoint(with: [.error, .hangup]) || crosses || readerWantsRoom
        if wakesBoth || !readiness.isDisjoint(with: [.readable, .peerClosed]) { reader.becameReady().wake(.ready) }
        if wakesBoth || readiness.contains(.writable) { writer.becameReady().wake(.ready) }
        let isBroken = isBroken || !readiness.isDisjoint(with: [.error, .hangup])
        let isPeerClosed = isPeerClosed || isBroken || readiness.contains(.peerClosed)
        guard isBroken != self.isBroken || isPeerClosed != self.isPeerClosed else { return }
        self.isBroken = isBroken
        self.isPeerClosed = isPeerClosed
        onPeerClosed?()
    }

    private var crosses: Bool {
        switch transport {
        case .socket: false
        case .tls(let session): session.crosses
        // libcurl does not report which direction it waits for.
        case .library: true
        }
    }

    /// Switches the transport; the former one must not have buffered data.
    func use(_ transport: Transport) { self.transport = transport }

    /// Reads available bytes into the buffer's free space, which must not be empty.
    public func read(into buffer: inout ByteBuffer) -> Transfer {
        switch transport {
        case .socket: break
        case .tls(let session): return unsafe read(into: &buffer) { unsafe session.read($0) }
        case .library(let library): return unsafe read(into: &buffer) { unsafe library.read($0) }
        }
        let space = buffer.space
        let descriptor = descriptor
        let count = unsafe buffer.fill { space in unsafe recv(descriptor, space.baseAddress, space.count, 0) }
        if count > 0 {
            // Drained, unless the buffer was filled or the end of the stream follows the data.
            reader.isLatched = count == space || isPeerClosed
            return .bytes(count)
        }
        if count == 0 { return .end }
        return failure(&reader)
    }

    private func read(into buffer: inout ByteBuffer, by read: (UnsafeMutableRawBufferPointer) -> Transfer) -> Transfer {
        var result = Transfer.wouldBlock
        _ = unsafe buffer.fill { space in
            result = unsafe read(space)
            return if case .bytes(let count) = result { count } else { -1 }
        }
        // Whether TLS or the socket has more data is unknown until a read returns nothing.
        reader.isLatched = result != .wouldBlock
        return result
    }

    /// Reads and drops available bytes, at most 16 KiB.
    public func discard() -> Transfer {
        var buffer = ByteBuffer(capacity: 16 << 10)
        defer { buffer.wipe() }
        return read(into: &buffer)
    }

    /// Writes as much as the socket accepts.
    public func write(_ bytes: Span<UInt8>) -> Transfer {
        let result: Transfer
        switch transport {
        case .socket: return writeSocket(bytes)
        case .tls(let session): result = unsafe bytes.withUnsafeBytes { unsafe session.write($0) }
        case .library(let library): result = unsafe bytes.withUnsafeBytes { unsafe library.write($0) }
        }
        if result == .wouldBlock { writer.isLatched = false }
        return result
    }

    private func writeSocket(_ bytes: Span<UInt8>) -> Transfer {
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

    /// Whether a read may return data: false means that it certainly would not.
    public var mayBeReadable: Bool { reader.isLatched }

    /// Assumes that there is nothing to read until the next event.
    func assumeDrained() { reader.isLatched = false }

    /// Assumes that there may be something to read: after a failed write, the reason may be there.
    func expectReadable() { reader.becameReady().wake(.ready) }

    /// Suspends until there may be something to read, `deadline`, or `interruptReader`.
    public func waitReadable(until deadline: Instant) async -> Wake {
        if reader.isLatched || descriptor < 0 { return .ready }
        return await unsafe withUnsafeContinuation { continuation in
            if unsafe reader.wait(continuation, until: deadline) { setTimer(deadline) }
        }
    }

    /// Suspends until the socket may be readable or writable, or `deadline`, or `interruptReader`.
    func waitEither(until deadline: Instant) async -> Wake {
        // A write that was accepted in part, as by TLS, which takes one record at a time, is not followed by an event.
        if writer.isLatched { return .ready }
        readerWantsRoom = true
        defer { readerWantsRoom = false }
        return await waitReadable(until: deadline)
    }

    /// Calls `action` once, outside any Swift job, when there may be something to read, at `deadline`, or at `interruptReader`:
    /// a wait without a task.
    /// - Returns: false if there may already be something to read; then `action` is not called.
    public func whenReadable(until deadline: Instant, _ action: @escaping (Wake) -> Void) -> Bool {
        guard descriptor >= 0, reader.wait(until: deadline, action) else { return false }
        setTimer(deadline)
        return true
    }

    /// Bytes of what was written that the peer has not taken; 0 if the kernel does not say.
    var unacknowledgedBytes: Int { max(Int(zg_unacknowledged_bytes(descriptor)), 0) }

    /// Suspends until the socket may be writable, or `deadline`.
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

    /// Ends a wait for reading at once, with `.interrupted`.
    public func interruptReader() { reader.release().wake(.interrupted) }

    /// The same for a wait for writing.
    func interruptWriter() { writer.release().wake(.interrupted) }

    /// Becomes the server side of a TLS connection: performs the handshake (RFC 8446), and encrypts from then on.
    /// - Throws: `TLSError.handshakeTimedOut` if the client does not finish by `deadline`; another error if the handshake
    ///   fails: then an alert with the reason has been sent.
    public func acceptTLS(_ context: TLSServerContext, deadline: Instant) async throws(TLSError) {
        let session = try context.makeSession(descriptor: descriptor)
        // Data after the handshake has not been read yet.
        defer { reader.isLatched = true }
        while true {
            let wake: Wake
            switch session.handshake() {
            case .done:
                transport = .tls(session)
                return
            case .failed(let error): throw beginsLikeHTTP ? .plainHTTP : error
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

    /// After a failed handshake: whether the client sent a request in plain HTTP. OpenSSL has read a record's header, five bytes, which
    /// leaves most of the request line.
    private var beginsLikeHTTP: Bool {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { space in
            let count = unsafe recv(descriptor, space.baseAddress, space.count, zg_msg_peek)
            guard count > 0 else { return false }
            let line = unsafe space[..<count].prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
            return unsafe line.count < count && line.suffix(9).starts(with: " HTTP/1.".utf8)
        }
    }

    /// Whether the connection is encrypted.
    public var isTLS: Bool { if case .tls = transport { true } else { false } }

    /// URI and DNS names of the client's verified certificate; empty without one.
    public var subjectAlternativeNames: [String] {
        if case .tls(let session) = transport { session.subjectAlternativeNames } else { [] }
    }

    /// Closes the sending side; the peer reads an end (close_notify, shutdown(2)).
    public func shutdownWrite() {
        sendCloseNotify()
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes the socket; pending waits end as ready, and later operations fail.
    public func close() {
        guard descriptor >= 0 else { return }
        // libcurl sends close_notify itself.
        if closer == nil { sendCloseNotify() }
        reactor.poller.forget(descriptor, self)
        closeDescriptor()
        timer?.cancel()
        onPeerClosed = nil
        reader.becameReady().wake(.ready)
        writer.becameReady().wake(.ready)
    }

    private func sendCloseNotify() {
        if case .tls(let session) = transport { session.sendCloseNotify() }
    }

    /// Closes the socket so that the peer sees a reset (SO_LINGER of 0), never a clean end.
    public func reset() {
        guard descriptor >= 0 else { return }
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        transport = .socket
        close()
    }
}
