import CCurl
import CLinux
import Glibc
import Policy
import Wire

/// libcurl on one event loop, for connecting only (CURLOPT_CONNECT_ONLY): name resolution, address families, proxies and TLS. On the
/// resulting connections the gateway implements HTTP itself.
///
///     dial -> resolve, connect, tunnel, TLS: driven by curl_multi_socket_action -> DONE -> attach -> UpstreamConnection
///
/// It is the context of libcurl's callbacks. They run inside libcurl, so they only record state: none of them calls
/// libcurl, which would fail (CURLM_RECURSIVE_API_CALL).
@safe final class CurlDialler: TurnHook {
    let reactor: Reactor
    private let multi: UnsafeMutableRawPointer
    /// Sockets of pending dials, by descriptor, including those of libcurl's resolver.
    private var sockets: [Int32: DialSocket] = [:]
    private var timer: Timer?
    /// libcurl has work before the loop may sleep.
    private var isDue = false
    private var isClosed = false
    /// libcurl's memory has been freed, with all that was added to it.
    private var isFreed = false
    /// Pending dials, kept alive here: libcurl has pointers to them.
    private var dials: [ObjectIdentifier: Dial] = [:]

    /// - Throws: `SystemError` if libcurl is out of memory.
    init(reactor: Reactor) throws(SystemError) {
        guard let multi = unsafe curl_multi_init() else { throw SystemError("curl_multi_init", code: ENOMEM) }
        self.reactor = reactor
        unsafe self.multi = unsafe multi
        timer = Timer(reactor.timers) { [unowned self] in
            isDue = true
            turn()
        }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe zg_curl_multi_set_socket_callback(
            multi,
            { easy, descriptor, what, context, _ in
                guard let context = unsafe context else { return 0 }
                var dial: UnsafeMutableRawPointer?
                _ = unsafe zg_curl_get_pointer(easy, CURLINFO_PRIVATE, &dial)
                let owner = unsafe dial.map { unsafe ObjectIdentifier(Unmanaged<Dial>.fromOpaque($0).takeUnretainedValue()) }
                return unsafe Unmanaged<CurlDialler>.fromOpaque(context)._withUnsafeGuaranteedRef {
                    $0.want(descriptor, what, for: owner)
                    return 0
                }
            }, context)
        _ = unsafe zg_curl_multi_set_timer_callback(
            multi,
            { _, milliseconds, context in
                guard let context = unsafe context else { return 0 }
                return unsafe Unmanaged<CurlDialler>.fromOpaque(context)._withUnsafeGuaranteedRef {
                    $0.setTimeout(milliseconds)
                    return 0
                }
            }, context)
        reactor.addHook(self)
    }

    /// Begins a dial. Its `onEnd` is called once, outside any Swift job, in this iteration of the loop or a later one.
    func begin(_ dial: Dial) {
        guard !isClosed, dial.isConfigured, unsafe curl_multi_add_handle(multi, dial.easy.raw) == CURLM_OK else {
            return dial.end(
                .failure(UpstreamFailure(.internalError, message: "libcurl does not accept this upstream's settings")))
        }
        dial.isAdded = true
        dials[ObjectIdentifier(dial)] = dial
    }

    /// Cancels a dial; `onEnd` is not called.
    func cancel(_ dial: Dial) {
        guard dials.removeValue(forKey: ObjectIdentifier(dial)) != nil else { return }
        remove(dial)
    }

    /// Closes the connection of a successful dial. Must not be called from a libcurl callback.
    func close(_ dial: Dial) { remove(dial) }

    private func remove(_ dial: Dial) {
        guard dial.isAdded, !isFreed else { return }
        dial.isAdded = false
        unsafe curl_multi_remove_handle(multi, dial.easy.raw)
        forgetSockets(of: dial, except: -1)
    }

    /// Ends pending dials; connections must have been closed before. Without it, loop and dialler keep each other alive.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        let abandoned = dials.values
        dials = [:]
        for dial in abandoned {
            remove(dial)
            dial.end(.failure(UpstreamFailure(.cancelled)))
        }
        timer?.cancel()
        reactor.removeHook(self)
        unsafe curl_multi_cleanup(multi)
        isFreed = true
    }

    // MARK: Driving

    /// Runs pending work before the loop sleeps: dials begin here.
    func turn() {
        guard isDue, !isClosed else { return }
        for _ in 0..<4 where isDue {
            isDue = false
            drive(CURL_SOCKET_BAD, 0)
        }
        if isDue { timer?.schedule(at: reactor.now) }
    }

    fileprivate func drive(_ descriptor: Int32, _ bits: Int32) {
        guard !isClosed else { return }
        var running: Int32 = 0
        unsafe curl_multi_socket_action(multi, descriptor, bits, &running)
        collect()
    }

    /// Attaches to established connections before any other call to libcurl: from then on its cleanup of dead
    /// connections skips them.
    private func collect() {
        var left: Int32 = 0
        var ended: [(Dial, Result<Int32, UpstreamFailure>)] = []
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            let code = unsafe message.pointee.data.result
            var context: UnsafeMutableRawPointer?
            _ = unsafe zg_curl_get_pointer(message.pointee.easy_handle, CURLINFO_PRIVATE, &context)
            guard let context = unsafe context else { continue }
            let dial = unsafe Unmanaged<Dial>.fromOpaque(context).takeUnretainedValue()
            ended.append((dial, dial.attach(code)))
        }
        for (dial, result) in ended {
            guard dials.removeValue(forKey: ObjectIdentifier(dial)) != nil else { continue }
            switch result {
            case .success(let descriptor): forgetSockets(of: dial, except: descriptor)
            case .failure: remove(dial)
            }
            dial.end(result)
        }
    }

    // MARK: libcurl's callbacks

    private func setTimeout(_ milliseconds: Int) {
        isDue = milliseconds == 0
        if milliseconds > 0 {
            timer?.schedule(at: reactor.now + .milliseconds(milliseconds))
        } else {
            timer?.cancel()
        }
    }

    private func want(_ descriptor: Int32, _ what: Int32, for owner: ObjectIdentifier?) {
        guard descriptor >= 0 else { return }
        if what == CURL_POLL_REMOVE {
            if let known = sockets.removeValue(forKey: descriptor) { reactor.poller.unwatch(descriptor, known) }
            return
        }
        var readiness: Readiness = []
        if what & CURL_POLL_IN != 0 { readiness.insert(.readable) }
        if what & CURL_POLL_OUT != 0 { readiness.insert(.writable) }
        let socket = sockets[descriptor] ?? DialSocket(descriptor, self)
        socket.owner = owner
        sockets[descriptor] = socket
        // Refused by the kernel: the dial ends with its time-out.
        reactor.poller.watch(descriptor, socket, readiness)
    }

    /// 7.88 closes some sockets without CURLOPT_CLOSESOCKETFUNCTION: including the losers of a race between address families. Their
    /// descriptors' numbers may have been given to another dial since.
    private func forgetSockets(of dial: Dial, except kept: Int32) {
        for descriptor in dial.opened {
            guard let known = sockets[descriptor], known.owner == ObjectIdentifier(dial) else { continue }
            sockets[descriptor] = nil
            if descriptor != kept { reactor.poller.forget(descriptor, known) }
        }
        dial.opened = []
    }
}

/// One socket of a pending dial, level-triggered as libcurl requires.
private final class DialSocket: EventSource {
    private let descriptor: Int32
    private unowned let dialler: CurlDialler
    /// The dial for which libcurl last requested the socket's events.
    var owner: ObjectIdentifier?

    init(_ descriptor: Int32, _ dialler: CurlDialler) {
        self.descriptor = descriptor
        self.dialler = dialler
    }

    func ready(_ readiness: Readiness) {
        var bits: Int32 = 0
        if readiness.contains(.readable) { bits |= CURL_CSELECT_IN }
        if readiness.contains(.writable) { bits |= CURL_CSELECT_OUT }
        if !readiness.isDisjoint(with: [.error, .hangup]) { bits |= CURL_CSELECT_ERR }
        dialler.drive(descriptor, bits)
    }
}

/// One dial, and the libcurl handle of the resulting connection: the connection lives as long as the handle stays added.
@safe final class Dial {
    let target: UpstreamTarget
    var generation: UInt64 { credentials.number }
    /// libcurl has a pointer to the trust store.
    private let credentials: TLSCredentials.Generation
    let easy = CurlEasy()
    let isConfigured: Bool
    var isAdded = false
    /// Descriptors opened by libcurl for it.
    var opened: [Int32] = []
    /// Called once with the connected descriptor, or with the failure.
    var onEnd: ((Result<Int32, UpstreamFailure>) -> Void)?
    /// Whether a socket could not be opened because no descriptor is free. libcurl does not distinguish that from an unreachable host.
    private var lacksDescriptor = false
    /// libcurl's error buffer.
    private let errorText: UnsafeMutablePointer<CChar>
    private let tlsState: OpaquePointer?
    private let sessions: SessionShare

    init(_ target: UpstreamTarget, _ credentials: TLSCredentials.Generation, sessions: SessionShare, timeout: Duration) {
        self.target = target
        self.credentials = credentials
        self.sessions = sessions
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe tlsState = zg_tls_state_make()
        isConfigured = unsafe easy.configure(for: target, credentials, tlsState, timeout: timeout)
        let raw = unsafe easy.raw
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe zg_curl_set_pointer(raw, CURLOPT_PRIVATE, me)
        unsafe zg_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText)
        unsafe zg_curl_set_pointer(raw, CURLOPT_SHARE, sessions.raw)
        unsafe zg_curl_set_pointer(raw, CURLOPT_OPENSOCKETDATA, me)
        unsafe zg_curl_set_open_callback(raw) { context, _, address in
            guard let context = unsafe context, let address = unsafe address else { return CURL_SOCKET_BAD }
            return unsafe Unmanaged<Dial>.fromOpaque(context)._withUnsafeGuaranteedRef {
                let address = unsafe address.pointee
                let descriptor = socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
                if descriptor >= 0 {
                    $0.opened.append(descriptor)
                } else if DescriptorShortage.matches(errno) {
                    $0.lacksDescriptor = true
                }
                return descriptor
            }
        }
    }

    deinit {
        easy.cleanUp()
        unsafe errorText.deallocate()
        unsafe zg_tls_state_release(tlsState)
    }

    func end(_ result: Result<Int32, UpstreamFailure>) {
        let onEnd = onEnd
        self.onEnd = nil
        onEnd?(result)
    }

    /// The message of a dial whose connection libcurl did not keep: dial again.
    static let lost = "libcurl did not keep the connection"

    /// The last error message of libcurl or its TLS library. libcurl quotes the URL of a proxy that it cannot parse, with the password in it,
    /// and possibly without its end.
    var said: String {
        let text = unsafe String(cString: errorText)
        let quotesProxy = target.proxy.contains("@") && text.contains(target.proxy.prefix(12))
        return quotesProxy ? "the proxy's URL is not valid" : text
    }

    /// Takes the connection over: the first call of curl_easy_recv(3) attaches the handle to it.
    fileprivate func attach(_ code: CURLcode) -> Result<Int32, UpstreamFailure> {
        guard code == CURLE_OK else { return .failure(failure(code)) }
        var descriptor = CURL_SOCKET_BAD
        _ = unsafe zg_curl_get_socket(easy.raw, &descriptor)
        var byte: UInt8 = 0
        var count = 0
        let received = unsafe curl_easy_recv(easy.raw, &byte, 1, &count)
        switch received {
        case CURLE_AGAIN where descriptor >= 0: return .success(descriptor)
        // libcurl has closed it between the end of the dial and now.
        case CURLE_AGAIN, CURLE_UNSUPPORTED_PROTOCOL: return .failure(UpstreamFailure(.internalError, message: Self.lost))
        case CURLE_OK where count > 0:
            return .failure(
                UpstreamFailure(.invalidResponse(.protocolError), message: "the upstream sent bytes before any request"))
        case CURLE_OK: return .failure(UpstreamFailure(.reset))
        default: return .failure(failure(received))
        }
    }

    private func failure(_ code: CURLcode) -> UpstreamFailure {
        let isOwnFault =
            switch code {
            case CURLE_COULDNT_CONNECT: lacksDescriptor
            // The resolver opens files and sockets itself, and only reports that it failed.
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: DescriptorShortage.isPresent
            default: false
            }
        if isOwnFault { return UpstreamFailure(.internalError, message: DescriptorShortage.text) }
        if let alert = rejection { return UpstreamFailure(.tls(.clientCertificate), message: alert) }
        return UpstreamFailure(.init(dial: code, said: said, easy), message: said)
    }

    /// The alert by which the peer says that our certificate is missing or not accepted (RFC 8446 section 6.2). In TLS 1.3 it arrives
    /// after the client believes that the handshake is over.
    var rejection: String? {
        let alert = unsafe zg_tls_state_alert(tlsState)
        // bad_certificate to certificate_unknown, unknown_ca, access_denied, certificate_required
        guard (42...46).contains(alert) || [48, 49, 116].contains(alert) else { return nil }
        // OpenSSL 3.0 has no text for TLS 1.3's alert.
        if alert == 116 { return "TLS alert: certificate required" }
        return unsafe SSL_alert_desc_string_long(alert).map { "TLS alert: \(unsafe String(cString: $0))" }
    }

    /// The TLS session of the attached connection; nil without TLS.
    var tls: OpaquePointer? { unsafe zg_curl_session(easy.raw) }
}

/// TLS sessions of one target's connections on one loop, kept so that new connections resume them. A separate share for
/// each target and generation of credentials, since libcurl's session key includes neither.
@safe final class SessionShare {
    let raw: UnsafeMutableRawPointer?

    init() {
        unsafe raw = curl_share_init()
        // Used by one thread only: no lock functions.
        if let raw = unsafe raw { _ = unsafe zg_curl_share(raw, CURL_LOCK_DATA_SSL_SESSION) }
    }

    deinit { if let raw = unsafe raw { unsafe curl_share_cleanup(raw) } }
}
