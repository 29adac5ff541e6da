import COpenSSL
import Glibc
public import Policy

/// The configuration of a TLS listener: certificate, key, and client authorities. Immutable; changed files create a new context, and
/// open connections keep theirs.
@safe public final class TLSServerContext: Sendable {
    // SAFETY: the pointer is a private `let`, written in init and freed in deinit, when there are no other references, so that every use
    // is in this file. The SSL_CTX behind it is modified in init only, before another thread has this object. From then on the loops
    // only create sessions from it, which OpenSSL allows from any number of threads at once (openssl-threads(7)): it locks what
    // sessions share, and each session holds a reference of its own (SSL_new(3)), so that none outlives the SSL_CTX. The ALPN and
    // ticket callbacks have no state: besides a constant they read only what OpenSSL gives them, which belongs to one session. The
    // control loop reads when the certificate expires, and nothing ever replaces that certificate.
    private nonisolated(unsafe) let context: OpaquePointer

    /// Reads the files.
    /// - Throws: `TLSError` with the file and the reason, such as a key that does not match.
    public convenience init(_ settings: InboundTLSSettings) throws(TLSError) {
        try self.init(minimumMinor: settings.minimumVersion == .tls13 ? 3 : 2)
        let chain = try Self.content("certificate", settings.certificate)
        guard unsafe chain.withUnsafeBytes({ unsafe zg_ssl_ctx_use_chain(context, $0.baseAddress, Int32($0.count)) }) == 1 else {
            throw TLSError(openSSL: "certificate \(settings.certificate)", role: "certificate")
        }
        try useKey(file: settings.key, certificate: settings.certificate)
        if let clientCA = settings.clientCA { try askForCertificates(of: clientCA) }
    }

    /// Uses a certificate and its key from memory.
    convenience init(certificate: OpaquePointer, key: OpaquePointer) throws(TLSError) {
        try self.init(minimumMinor: 2)
        guard unsafe SSL_CTX_use_certificate(context, certificate) == 1, unsafe SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw TLSError(openSSL: "cannot use a certificate")
        }
    }

    private init(minimumMinor: Int32) throws(TLSError) {
        // OpenSSL writes to sockets with write(2): a disconnected client would end the process with SIGPIPE.
        signal(SIGPIPE, SIG_IGN)
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
            throw TLSError(openSSL: "cannot create a TLS context")
        }
        unsafe self.context = unsafe context
        guard unsafe zg_ssl_ctx_harden(context, minimumMinor) == 1 else { throw TLSError(openSSL: "cannot configure TLS") }
        unsafe zg_ssl_ctx_alpn_http11(context)
    }

    deinit { unsafe SSL_CTX_free(context) }

    /// The maximum size of a certificate or key file in bytes.
    private static let sizeLimit = 4 << 20

    private static func content(_ role: String, _ path: String) throws(TLSError) -> [UInt8] {
        do throws(SystemError) {
            return try RegularFile.read(path, limit: sizeLimit, name: "\(role) \(path)")
        } catch {
            throw TLSError("\(error)", role: role)
        }
    }

    private func useKey(file: String, certificate: String) throws(TLSError) {
        var content = try Self.content("key", file)
        defer { unsafe content.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) } }
        let failure = unsafe content.withUnsafeBytes { bytes -> TLSError? in
            guard let input = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else {
                return TLSError(openSSL: "key \(file)", role: "key")
            }
            defer { unsafe BIO_free(input) }
            do throws(TLSError) { try unsafe useKey(input, file: file, certificate: certificate) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    private func useKey(_ input: OpaquePointer, file: String, certificate: String) throws(TLSError) {
        var isLocked = false
        // Without a callback OpenSSL would prompt for a passphrase on the terminal, and block.
        let key = unsafe PEM_read_bio_PrivateKey(
            input, nil,
            { _, _, _, isLocked in
                unsafe isLocked?.assumingMemoryBound(to: Bool.self).pointee = true
                return -1
            }, &isLocked)
        guard let key = unsafe key else {
            if isLocked {
                ERR_clear_error()
                throw TLSError("key \(file): it is protected by a passphrase, which is not supported", role: "key")
            }
            throw TLSError(openSSL: "key \(file)", role: "key")
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe X509_check_private_key(SSL_CTX_get0_certificate(context), key) == 1 else {
            throw TLSError(openSSL: "key \(file) does not match certificate \(certificate)", role: "key")
        }
        guard unsafe SSL_CTX_use_PrivateKey(context, key) == 1 else { throw TLSError(openSSL: "key \(file)", role: "key") }
    }

    private func askForCertificates(of authorities: String) throws(TLSError) {
        let content = try Self.content("client_ca", authorities)
        guard unsafe content.withUnsafeBytes({ unsafe zg_ssl_ctx_trust(context, $0.baseAddress, Int32($0.count)) }) == 1 else {
            throw TLSError(openSSL: "client_ca \(authorities)", role: "client_ca")
        }
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        // Without one, OpenSSL ends every connection that resumes a session (SSL_CTX_set_session_id_context(3)). Any value works:
        // ticket keys are per context, so that no other context's sessions are resumed.
        let name: StaticString = "caller"
        unsafe SSL_CTX_set_session_id_context(context, name.utf8Start, UInt32(name.utf8CodeUnitCount))
        unsafe zg_ssl_ctx_check_tickets(context)
    }

    /// When the certificate expires, in seconds since 1970; negative if unknown.
    var notAfter: Int64 { unsafe zg_x509_not_after(SSL_CTX_get0_certificate(context)) }

    /// The server side of a new connection.
    func makeSession(descriptor: Int32) throws(TLSError) -> TLSSession {
        guard let ssl = unsafe SSL_new(context) else { throw TLSError(openSSL: "cannot create a TLS session") }
        guard unsafe SSL_set_fd(ssl, descriptor) == 1 else {
            unsafe SSL_free(ssl)
            throw TLSError(openSSL: "cannot attach a TLS session")
        }
        unsafe SSL_set_accept_state(ssl)
        return unsafe TLSSession(ssl)
    }
}
