import CCurl
import Network
import Wire

/// Closes pooled connections that nobody will use again: those that the other side has closed, and those past their idle time.
///
/// libcurl looks for them only when a transfer begins, so on a gateway that has nothing to do they would stay. This begins a
/// transfer that ends before it has opened a socket.
@safe final class IdleSweeper {
    private let easy = EasyHandle()
    private unowned let multi: MultiHandle
    private var timer: Timer?
    private var isScheduled = false
    /// The shortest idle time of any target in use.
    private var idleTimeout = Duration.seconds(3600)

    init(multi: MultiHandle) {
        self.multi = multi
        _ = easy.setURL("http://127.0.0.1:9/")
        easy.set(CURLOPT_PROXY, "")
        easy.set(CURLOPT_NOPROXY, "")
        easy.set(CURLOPT_NOSIGNAL, true)
        unsafe zg_curl_set_open_callback(easy.raw) { _, _, _ in CURL_SOCKET_BAD }
        timer = Timer(multi.reactor.timers) { [unowned self] in sweep() }
    }

    deinit { easy.cleanUp() }

    func consider(_ target: UpstreamTarget) { idleTimeout = min(idleTimeout, target.settings.idleTimeout) }

    /// A connection may have become idle.
    func connectionIdles() {
        guard !isScheduled else { return }
        schedule(after: idleTimeout + .seconds(1))
    }

    /// The other side closed an idle connection.
    func connectionEnded() { schedule(after: .seconds(1)) }

    private func schedule(after delay: Duration) {
        guard let timer else { return }
        let time = multi.reactor.now + delay
        if isScheduled, timer.deadline <= time { return }
        isScheduled = true
        timer.schedule(at: time)
    }

    /// libcurl sweeps at most once a second.
    private func sweep() {
        isScheduled = false
        easy.set(CURLOPT_MAXAGE_CONN, max(0, Int(idleTimeout.components.seconds)))
        multi.addSweep(easy)
    }

    /// The sweeping transfer has ended, as it must.
    func swept() {
        if multi.openSockets > 0 { connectionIdles() }
    }

    func stop() { timer?.cancel() }
}
