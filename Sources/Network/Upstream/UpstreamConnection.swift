import CCurl
import CLinux
import COpenSSL
import Glibc
import Policy
import Wire

/// A connection established by libcurl, used for one exchange at a time.
///
///     dialled -> busy -> idle -> busy -> … -> closed
///
/// It is reused only if its last response was read completely with explicit framing and its request was sent completely. While idle it is
/// watched: input is read at once, and anything except TLS messages (a session ticket, a key update) closes it, so that an
/// unsolicited response is never matched with a request.
final class UpstreamConnection {
    let stream: Stream
    let dial: Dial
    private let dialler: CurlDialler
    private let madeAt: Instant
    /// nil if the socket is read and written directly.
    private let curl: CurlTransport?
    /// The timings of the dial.
    let timings: UpstreamTimings
    private(set) var isClosed = false
    /// Called when the connection closes while it is idle.
    var onIdleEnd: (() -> Void)?
    /// When it is closed, if nothing uses it before.
    private(set) var idleEnd = Instant.distantFuture

    /// - Parameter descriptor: the result of `dial`.
    /// - Throws: `UpstreamFailure` if the kernel refuses to watch the socket; the connection is closed.
    init(_ dial: Dial, descriptor: Int32, _ dialler: CurlDialler) throws(UpstreamFailure) {
        self.dial = dial
        self.dialler = dialler
        madeAt = dialler.reactor.now
        var timings = UpstreamTimings()
        timings.connect = dial.easy.duration(CURLINFO_CONNECT_TIME_T)
        let total = dial.easy.duration(CURLINFO_APPCONNECT_TIME_T)
        timings.tls = dial.target.isTLS && total > timings.connect ? total - timings.connect : .zero
        self.timings = timings
        let curl = dial.target.isTLS || dial.target.proxy.hasPrefix("https") ? CurlTransport(dial) : nil
        self.curl = curl
        do throws(SystemError) {
            stream = try Stream(
                descriptor: descriptor, reactor: dialler.reactor, transport: curl.map { .library($0) } ?? .socket
            ) { dialler.close(dial) }
        } catch {
            throw UpstreamFailure(.internalError, message: "\(error)")
        }
    }

    var target: UpstreamTarget { dial.target }

    /// The negotiated TLS parameters; nil without TLS.
    var agreement: TLSAgreement? { unsafe dial.tls.map { unsafe TLSAgreement($0) } }

    /// Whether the stream's end, if it has been read, was announced by TLS (close_notify, RFC 8446 section 6.1). Without it a
    /// network attacker may have truncated the connection.
    var endedCleanly: Bool {
        guard let tls = unsafe dial.tls else { return true }
        return unsafe SSL_get_shutdown(tls) & SSL_RECEIVED_SHUTDOWN != 0
    }

    /// Whether TLS has received bytes that were not read.
    var hasUnreadBytes: Bool {
        guard let tls = unsafe dial.tls else { return false }
        return unsafe SSL_has_pending(tls) == 1
    }

    /// What the peer, libcurl or OpenSSL said of the failed read or write, unless the connection was just broken.
    var libraryFailure: (kind: UpstreamFailure.Kind, message: String)? {
        if let alert = dial.rejection { return (.tls(.clientCertificate), alert) }
        guard case .library = stream.transport, let curl, let kind = curl.failure else { return nil }
        return (kind, curl.said)
    }

    /// Ends an exchange after which the connection may be used again, and watches it.
    /// - Parameter keepAlive: the upstream's `Keep-Alive: timeout`, in seconds, if any.
    /// - Returns: false if it cannot be kept; it is then closed.
    func idle(keepAlive: Int?) -> Bool {
        guard !isClosed, !stream.isPeerClosed, !hasUnreadBytes else {
            close()
            return false
        }
        speakDirectly()
        let now = dialler.reactor.now
        let settings = target.settings
        idleEnd = now + settings.idleTimeout
        if let keepAlive {
            // A second early, so that a request does not race with the upstream's close.
            idleEnd = min(idleEnd, now + .seconds(max(0, keepAlive - 1)))
        }
        if settings.maximumAge > .zero { idleEnd = min(idleEnd, madeAt + settings.maximumAge) }
        guard idleEnd > now else {
            close()
            return false
        }
        // Data left in the socket, if any, is detected by `isSilent` before the next use.
        stream.assumeDrained()
        watch()
        return true
    }

    private func watch() {
        if !stream.whenReadable(until: idleEnd, onWake) { endIdle() }
    }

    /// Created once, not each time the connection becomes idle.
    private lazy var onWake: (Wake) -> Void = { [unowned self] wake in
        switch wake {
        case .interrupted: break
        case .ready where isSilent(): watch()
        case .ready, .timedOut: endIdle()
        }
    }

    private func endIdle() {
        close()
        onIdleEnd?()
    }

    /// Stops watching an idle connection, and checks it once more.
    /// - Returns: false if it must not be used; it is then closed.
    func resume(now: Instant) -> Bool {
        stream.interruptReader()
        guard !isClosed, !stream.isPeerClosed, now < idleEnd, isSilent() else {
            close()
            return false
        }
        return true
    }

    /// Whether the upstream has neither closed nor sent anything except TLS messages.
    private func isSilent() -> Bool {
        var byte: UInt8 = 0
        let peeked = unsafe recv(stream.descriptor, &byte, 1, zg_msg_peek)
        if peeked < 0 {
            stream.assumeDrained()
            return errno == EAGAIN || errno == EINTR
        }
        if peeked == 0 || !target.isTLS { return false }
        var buffer = ByteBuffer(capacity: 16)
        return stream.read(into: &buffer) == .wouldBlock
    }

    /// Reads and writes go through libcurl only until it has seen the session tickets of the first response: from then on TLS
    /// uses the socket directly, which avoids libcurl's overhead for each call. With a proxy over TLS the
    /// bytes must always go through libcurl's layers.
    private func speakDirectly() {
        guard case .library = stream.transport, !target.proxy.hasPrefix("https"), let tls = unsafe dial.tls else { return }
        guard unsafe zg_tls_use_socket(tls, stream.descriptor) == 1 else { return }
        unsafe stream.use(.tls(TLSSession(borrowing: tls)))
    }

    /// Continues reading after a failed write: a response or an alert that the upstream sent before it closed is still there.
    /// libcurl only records the first error of a transfer, and would report the failed write instead.
    func readAfterFailedWrite() {
        speakDirectly()
        stream.expectReadable()
    }

    /// Closes it in any state: pending waits fail.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        stream.close()
    }

    deinit { close() }
}

/// The result of a connection's TLS handshake.
public struct TLSAgreement: Hashable, Sendable {
    /// `TLSv1.3`
    public let version: String
    /// `TLS_AES_256_GCM_SHA384`, as OpenSSL calls it.
    public let cipher: String

    init(_ tls: OpaquePointer) {
        version = unsafe SSL_get_version(tls).map { unsafe String(cString: $0) } ?? ""
        cipher = unsafe SSL_CIPHER_get_name(SSL_get_current_cipher(tls)).map { unsafe String(cString: $0) } ?? ""
    }
}

/// Reads and writes through libcurl (curl_easy_recv(3), curl_easy_send(3)).
@safe final class CurlTransport: LibraryTransport {
    private let dial: Dial
    /// Why the last call failed; nil if it did not.
    private(set) var failure: UpstreamFailure.Kind?

    init(_ dial: Dial) { self.dial = dial }

    var said: String { dial.said }

    func read(_ space: UnsafeMutableRawBufferPointer) -> Stream.Transfer {
        var count = 0
        let code = unsafe curl_easy_recv(dial.easy.raw, space.baseAddress, space.count, &count)
        switch code {
        case CURLE_OK: return count > 0 ? .bytes(count) : .end
        case CURLE_AGAIN: return .wouldBlock
        default: return failed(code)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Stream.Transfer {
        guard unsafe !bytes.isEmpty else { return .bytes(0) }
        var count = 0
        let code = unsafe curl_easy_send(dial.easy.raw, bytes.baseAddress, bytes.count, &count)
        switch code {
        case CURLE_OK: return .bytes(count)
        case CURLE_AGAIN: return .wouldBlock
        default: return failed(code)
        }
    }

    private func failed(_ code: CURLcode) -> Stream.Transfer {
        failure = .init(dial: code, said: said, dial.easy)
        return .failed(ECONNRESET)
    }
}
