import COpenSSL
import Glibc

/// One connection's TLS, reading and writing its socket directly. Used on its loop only.
@safe final class TLSSession {
    private let ssl: OpaquePointer
    private let isOwner: Bool
    /// A read waits for the socket to become writable, or a write for it to become readable (SSL_get_error(3)).
    var crosses: Bool { readWantsWrite || writeWantsRead }
    private var readWantsWrite = false
    private var writeWantsRead = false

    /// Takes over `ssl`.
    init(_ ssl: OpaquePointer) {
        unsafe self.ssl = ssl
        isOwner = true
    }

    /// - Parameter ssl: must outlive this object; owned by libcurl.
    init(borrowing ssl: OpaquePointer) {
        unsafe self.ssl = ssl
        isOwner = false
    }

    deinit { if isOwner { unsafe SSL_free(ssl) } }

    enum Handshake {
        case done, wantsRead, wantsWrite
        case failed(TLSError)
    }

    func handshake() -> Handshake {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 { return .done }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .failed(.leftDuringHandshake)
        case SSL_ERROR_SYSCALL where ERR_peek_error() == 0: return .failed(.leftDuringHandshake)
        default: return .failed(TLSError(openSSL: "TLS handshake"))
        }
    }

    func read(_ space: UnsafeMutableRawBufferPointer) -> Stream.Transfer {
        Self.emptyErrorQueue()
        var count = 0
        let result = unsafe SSL_read_ex(ssl, space.baseAddress, space.count, &count)
        readWantsWrite = false
        if result == 1 { return .bytes(count) }
        let error = unsafe SSL_get_error(ssl, result)
        readWantsWrite = error == SSL_ERROR_WANT_WRITE
        return transfer(error)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Stream.Transfer {
        guard unsafe !bytes.isEmpty else { return .bytes(0) }
        Self.emptyErrorQueue()
        var count = 0
        let result = unsafe SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count)
        writeWantsRead = false
        if result == 1 { return .bytes(count) }
        let error = unsafe SSL_get_error(ssl, result)
        writeWantsRead = error == SSL_ERROR_WANT_READ
        return transfer(error)
    }

    /// SSL_get_error(3) needs an empty queue. To look whether it is costs a tenth of clearing it.
    private static func emptyErrorQueue() { if ERR_peek_error() != 0 { ERR_clear_error() } }

    private func transfer(_ error: Int32) -> Stream.Transfer {
        switch error {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
        case SSL_ERROR_ZERO_RETURN: return .end
        case SSL_ERROR_SYSCALL where errno != 0: return .failed(errno)
        default:
            ERR_clear_error()
            return .failed(EPROTO)
        }
    }

    /// Sends close_notify, as far as the socket accepts it (RFC 8446 section 6.1).
    func sendCloseNotify() {
        ERR_clear_error()
        _ = unsafe SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// URI and DNS names of the client's verified certificate.
    var subjectAlternativeNames: [String] {
        var names: [String] = []
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text in
            guard let base = text.baseAddress else { return }
            while names.count < 64, unsafe zg_ssl_peer_san(ssl, Int32(names.count), base, text.count) > 0 {
                unsafe names.append(String(cString: base))
            }
        }
        return names
    }
}

/// An OpenSSL error with context.
public struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// The file that it is about: `certificate`, `key` or `client_ca`; nil for none.
    public let role: String?

    public init(_ description: String, role: String? = nil) {
        self.description = description
        self.role = role
    }

    public static let handshakeTimedOut = TLSError("the TLS handshake timed out")
    static let plainHTTP = TLSError("the client sent plain HTTP")
    static let leftDuringHandshake = TLSError("the client disconnected during the TLS handshake")

    /// `what`, and the oldest error in OpenSSL's queue, which is emptied.
    init(openSSL what: String, role: String? = nil) {
        let reason = TLSError.takeReason()
        self.init(reason.isEmpty ? what : "\(what): \(reason)", role: role)
    }

    static func takeReason() -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            guard let base = text.baseAddress, unsafe zg_ssl_error_text(base, text.count) > 0 else { return "" }
            return unsafe String(cString: base)
        }
    }
}
