import CLinux
import COpenSSL
import Foundation
import Glibc
import Testing

/// A blocking TLS client over OpenSSL's memory BIOs, so that a test decides how its records go over the wire. One thread at a time.
final class TLSClient {
    struct Options: Sendable {
        var versions: ClosedRange<Int32> = TLS1_2_VERSION...TLS1_3_VERSION
        /// Protocols offered by ALPN.
        var alpn: [String] = []
        /// PEM files.
        var certificate: String?
        var key: String?
        /// Bytes in one write to the socket.
        var pieceSize = Int.max
    }

    enum Outcome: Hashable, Sendable {
        case bytes([UInt8])
        /// close_notify.
        case closed
        /// The connection's end without one.
        case cut
        case failed(String)
    }

    let descriptor: Int32
    private let options: Options
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// - Parameter descriptor: connected and blocking; closed with the client.
    init(_ descriptor: Int32, _ options: Options = Options(), resuming session: OpaquePointer? = nil) throws {
        self.descriptor = descriptor
        self.options = options
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        context = try #require(SSL_CTX_new(TLS_client_method()))
        // Old versions are offered only where the test says so; the library's own policy must not decide it.
        SSL_CTX_set_security_level(context, 0)
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(options.versions.lowerBound), nil)
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(options.versions.upperBound), nil)
        if let certificate = options.certificate, let key = options.key {
            try #require(SSL_CTX_use_certificate_chain_file(context, certificate) == 1)
            try #require(SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1)
        }
        ssl = try #require(SSL_new(context))
        incoming = try #require(BIO_new(BIO_s_mem()))
        outgoing = try #require(BIO_new(BIO_s_mem()))
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
        if !options.alpn.isEmpty {
            let list = options.alpn.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            SSL_set_alpn_protos(ssl, list, UInt32(list.count))
        }
        if let session { SSL_set_session(ssl, session) }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
        close(descriptor)
    }

    /// Runs `body` with a client on a thread of its own.
    static func with<R: Sendable>(
        _ descriptor: Int32, _ options: Options = Options(), resuming session: @escaping @Sendable () -> OpaquePointer? = { nil },
        _ body: @escaping @Sendable (TLSClient) throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try body(TLSClient(descriptor, options, resuming: session())) })
            }
        }
    }

    var version: String { String(cString: SSL_get_version(ssl)) }
    var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    var protocolSelected: String? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &bytes, &count)
        return bytes.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(count)), as: UTF8.self) }
    }

    /// Whether the server's certificate is the authority's, and for `host`; nil if so.
    func verify(authority: String, host: String) -> String? {
        guard let store = X509_STORE_new(), let verification = X509_STORE_CTX_new(),
            let certificate = SSL_get1_peer_certificate(ssl)
        else { return "no certificate" }
        defer {
            X509_STORE_CTX_free(verification)
            X509_STORE_free(store)
            X509_free(certificate)
        }
        X509_STORE_load_locations(store, authority, nil)
        X509_STORE_CTX_init(verification, store, certificate, SSL_get_peer_cert_chain(ssl))
        guard X509_verify_cert(verification) == 1 else {
            return String(cString: X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(verification))))
        }
        let isAddress = host.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
        let matches =
            isAddress ? X509_check_ip_asc(certificate, host, 0) : X509_check_host(certificate, host, host.utf8.count, 0, nil)
        return matches == 1 ? nil : "not for \(host)"
    }

    /// The session as it is now, for `resuming`.
    func takeSession() -> OpaquePointer? { SSL_get1_session(ssl) }

    /// nil when it went well, otherwise what went wrong.
    func handshake() -> String? {
        while true {
            ERR_clear_error()
            let result = SSL_do_handshake(ssl)
            let code = SSL_get_error(ssl, result)
            let reason = Self.reason()
            flush()
            if result == 1 { return nil }
            guard code == SSL_ERROR_WANT_READ else { return reason }
            if let failure = receive() { return failure }
        }
    }

    /// The client's first message, not sent.
    func firstFlight() -> [UInt8] {
        SSL_do_handshake(ssl)
        ERR_clear_error()
        return takeOutgoing()
    }

    func write(_ bytes: [UInt8]) {
        var count = 0
        SSL_write_ex(ssl, bytes, bytes.count, &count)
        flush()
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    func read() -> Outcome {
        var bytes = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            ERR_clear_error()
            var count = 0
            let result = SSL_read_ex(ssl, &bytes, bytes.count, &count)
            if result == 1 { return .bytes(Array(bytes[..<count])) }
            let code = SSL_get_error(ssl, result)
            let reason = Self.reason()
            flush()
            switch code {
            case SSL_ERROR_ZERO_RETURN: return .closed
            case SSL_ERROR_WANT_READ: if let failure = receive() { return failure.isEmpty ? .cut : .failed(failure) }
            default: return .failed(reason)
            }
        }
    }

    /// Reads to the end.
    func readAll() -> (bytes: [UInt8], end: Outcome) {
        var all: [UInt8] = []
        while true {
            let outcome = read()
            guard case .bytes(let bytes) = outcome else { return (all, outcome) }
            all += bytes
        }
    }

    /// Sends close_notify.
    func closeNotify() {
        SSL_shutdown(ssl)
        flush()
    }

    /// What would go out, for a test that sends it itself.
    func takeOutgoing() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(outgoing))
        if !bytes.isEmpty { BIO_read(outgoing, &bytes, Int32(bytes.count)) }
        return bytes
    }

    /// Encrypts without sending.
    func encrypt(_ text: String) -> [UInt8] {
        var count = 0
        SSL_write_ex(ssl, Array(text.utf8), text.utf8.count, &count)
        return takeOutgoing()
    }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let size = min(options.pieceSize, bytes.count - sent)
            let count = bytes[sent..<sent + size].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, size, zg_msg_nosignal)
            }
            if count <= 0 { return }
            sent += count
        }
    }

    private func flush() { send(takeOutgoing()) }

    /// nil when something came; empty at the connection's end.
    private func receive() -> String? {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count == 0 { return "" }
        if count < 0 { return "errno \(errno)" }
        BIO_write(incoming, bytes, Int32(count))
        return nil
    }

    private static func reason() -> String {
        var text = [CChar](repeating: 0, count: 256)
        let count = zg_ssl_error_text(&text, text.count)
        return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
