import CCurl
import Glibc
import Network
import Wire

/// libcurl's multi handle on one event loop: it says which sockets and what time it waits for, and is driven when they come.
///
/// It is the context of libcurl's callbacks. They run while libcurl is at work, so they only take notes: nothing here calls
/// back into `curl_multi_*` from one. It must outlive `close`, since curl_multi_cleanup still calls them.
@safe final class MultiHandle {
    let reactor: Reactor
    private let raw: UnsafeMutableRawPointer
    /// TLS sessions, so that a new connection resumes what another transfer's began. Used by this loop's thread only: no locks.
    let share: UnsafeMutableRawPointer?
    /// By descriptor.
    private var sockets: [UpstreamSocket?] = []
    private var timer: Timer?
    /// libcurl has something to do before the loop may sleep.
    private var isDue = false
    private(set) var isClosed = false
    /// Sockets of connections, a resolver's not counted.
    private(set) var openSockets = 0
    /// Transfers whose sending was paused when it became pointless: they are resumed once libcurl has returned.
    private var stoppedUploads: [CurlTransfer] = []
    private(set) var sweeper: IdleSweeper?
    /// Transfers under way, kept alive here: libcurl holds pointers to them.
    private(set) var active: [CurlTransfer] = []

    /// - Throws: `SystemError` when libcurl has no memory for it.
    init(reactor: Reactor, connections: Int, streams: Int) throws(SystemError) {
        guard let raw = unsafe curl_multi_init() else { throw SystemError("curl_multi_init", code: ENOMEM) }
        self.reactor = reactor
        unsafe self.raw = unsafe raw
        unsafe share = curl_share_init()
        if let share = unsafe share { _ = unsafe zg_curl_share(share, CURL_LOCK_DATA_SSL_SESSION) }
        timer = Timer(reactor.timers) { [unowned self] in
            isDue = true
            turn()
        }
        sweeper = IdleSweeper(multi: self)
        _ = unsafe zg_curl_multi_set_long(raw, CURLMOPT_MAXCONNECTS, connections)
        _ = unsafe zg_curl_multi_set_long(raw, CURLMOPT_MAX_CONCURRENT_STREAMS, streams)
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe zg_curl_multi_set_socket_callback(
            raw,
            { _, descriptor, what, context, _ in
                guard let context = unsafe context else { return 0 }
                return unsafe Unmanaged<MultiHandle>.fromOpaque(context)._withUnsafeGuaranteedRef {
                    $0.want(descriptor, what)
                    return 0
                }
            }, context)
        _ = unsafe zg_curl_multi_set_timer_callback(
            raw,
            { _, milliseconds, context in
                guard let context = unsafe context else { return 0 }
                return unsafe Unmanaged<MultiHandle>.fromOpaque(context)._withUnsafeGuaranteedRef {
                    $0.setTimeout(milliseconds)
                    return 0
                }
            }, context)
    }

    /// Closes every connection. Transfers must have been removed before.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        timer?.cancel()
        sweeper?.stop()
        unsafe curl_multi_cleanup(raw)
        sweeper = nil
    }

    /// To be called when the last easy handle is gone, which uses it.
    func closeShare() {
        if let share = unsafe share { unsafe curl_share_cleanup(share) }
    }

    // MARK: Transfers

    /// Begins a transfer; the handle is kept alive until it is finished or removed.
    func add(_ transfer: CurlTransfer) -> Bool {
        guard !isClosed, unsafe curl_multi_add_handle(raw, transfer.easy.raw) == CURLM_OK else { return false }
        transfer.activeIndex = active.count
        active.append(transfer)
        return true
    }

    /// Begins a transfer that is not a request (`IdleSweeper`).
    func addSweep(_ easy: EasyHandle) { _ = unsafe curl_multi_add_handle(raw, easy.raw) }

    /// Takes a transfer out. In the middle of it, that closes its connection (or resets its stream).
    func remove(_ transfer: CurlTransfer) {
        unsafe curl_multi_remove_handle(raw, transfer.easy.raw)
        let index = transfer.activeIndex
        guard index >= 0, index < active.count, active[index] === transfer else { return }
        active.swapAt(index, active.count - 1)
        active[index].activeIndex = index
        active.removeLast()
        transfer.activeIndex = -1
    }

    /// Has `transfer`'s sending resumed as soon as libcurl has returned, so that libcurl sees that there is nothing to wait for.
    func resumeSendingLater(_ transfer: CurlTransfer) { stoppedUploads.append(transfer) }

    // MARK: Driving

    /// Does what is due before the loop sleeps. New transfers begin here, all of a turn's together.
    func turn() {
        guard isDue else { return }
        // Almost always once; a download that has more to read at once comes back, and lets others have their turn in between.
        for _ in 0..<4 where isDue {
            isDue = false
            var count: Int32 = 0
            unsafe curl_multi_socket_action(raw, CURL_SOCKET_BAD, 0, &count)
            collect()
        }
        if isDue { timer?.schedule(at: reactor.now) }
    }

    func drive(_ descriptor: Int32, _ events: Readiness) {
        let bits =
            (events.contains(.readable) ? CURL_CSELECT_IN : 0) | (events.contains(.writable) ? CURL_CSELECT_OUT : 0)
        var count: Int32 = 0
        unsafe curl_multi_socket_action(raw, descriptor, bits, &count)
        collect()
    }

    /// Ends the transfers that libcurl is done with.
    private func collect() {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(raw, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            let code = unsafe message.pointee.data.result
            var context: UnsafeMutableRawPointer?
            _ = unsafe zg_curl_get_pointer(message.pointee.easy_handle, CURLINFO_PRIVATE, &context)
            guard let context = unsafe context else {
                unsafe curl_multi_remove_handle(raw, message.pointee.easy_handle)
                sweeper?.swept()
                continue
            }
            let transfer = unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
            remove(transfer)
            transfer.finished(code)
            sweeper?.connectionIdles()
        }
        while let transfer = stoppedUploads.popLast() { transfer.resumeStoppedUpload() }
    }

    // MARK: What libcurl's callbacks say

    private func setTimeout(_ milliseconds: Int) {
        isDue = milliseconds == 0
        if milliseconds > 0 {
            timer?.schedule(at: Instant(nanoseconds: reactor.now.nanoseconds &+ UInt64(milliseconds) &* 1_000_000))
        } else {
            timer?.cancel()
        }
    }

    private func want(_ descriptor: Int32, _ what: Int32) {
        guard descriptor >= 0 else { return }
        let known = Int(descriptor) < sockets.count ? sockets[Int(descriptor)] : nil
        if what == CURL_POLL_REMOVE {
            guard let known else { return }
            if known.isOurs {
                known.want([])
            } else {
                // A resolver thread's: closed without a word, and its number given to the next socket.
                reactor.poller.unwatch(descriptor, known)
                sockets[Int(descriptor)] = nil
            }
            return
        }
        var readiness: Readiness = []
        if what & CURL_POLL_IN != 0 { readiness.insert(.readable) }
        if what & CURL_POLL_OUT != 0 { readiness.insert(.writable) }
        (known ?? hold(descriptor, isOurs: false)).want(readiness)
    }

    /// CURLOPT_OPENSOCKETFUNCTION.
    func open(_ family: Int32, _ type: Int32, _ proto: Int32) -> Int32 {
        let descriptor = socket(family, type | Int32(SOCK_CLOEXEC.rawValue), proto)
        if descriptor >= 0 {
            openSockets += 1
            _ = hold(descriptor, isOurs: true)
        }
        return descriptor
    }

    /// CURLOPT_CLOSESOCKETFUNCTION.
    func closeSocket(_ descriptor: Int32) -> Int32 {
        if descriptor >= 0, Int(descriptor) < sockets.count, let known = sockets[Int(descriptor)] {
            if known.isOurs { openSockets -= 1 }
            reactor.poller.forget(descriptor, known)
            sockets[Int(descriptor)] = nil
        }
        return Glibc.close(descriptor)
    }

    private func hold(_ descriptor: Int32, isOurs: Bool) -> UpstreamSocket {
        while sockets.count <= Int(descriptor) { sockets.append(nil) }
        let socket = UpstreamSocket(descriptor: descriptor, isOurs: isOurs, multi: self)
        sockets[Int(descriptor)] = socket
        return socket
    }
}
