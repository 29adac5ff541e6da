import COpenSSL
import Glibc

/// What a TLS listener needs: certificate, key, and whom to ask for a certificate. Immutable; new files make a new context, and
/// connections that are open keep theirs.
@safe public final class TLSServerContext: @unchecked Sendable {
    // Safe to share: the pointer never changes after init, and an SSL_CTX is reference-counted and locked inside OpenSSL
    // (openssl-threads(7)); it is not modified after init.
    private let context: OpaquePointer

    public struct Settings: Hashable, Sendable {
        /// PEM: the certificate, then its intermediates.
        public var certificate: String
        /// PEM: the certificate's private key.
        public var key: String
        /// PEM: authorities whose client certificates are accepted; nil asks for none.
        public var clientCA: String?
        /// 2 for TLS 1.2, 3 for TLS 1.3.
        public var minimumMinor: Int32

        public init(certificate: String, key: String, clientCA: String? = nil, minimumMinor: Int32 = 2) {
            self.certificate = certificate
            self.key = key
            self.clientCA = clientCA
            self.minimumMinor = minimumMinor
        }
    }

    /// Reads the files.
    /// - Throws: `TLSError` that names the file and says what is wrong with it, a key that does not match included.
    public init(_ settings: Settings) throws(TLSError) {
        // OpenSSL writes to sockets by write(2): a client that has gone would end the process with SIGPIPE.
        signal(SIGPIPE, SIG_IGN)
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else { throw TLSError(openSSL: "cannot make a TLS context") }
        unsafe self.context = unsafe context
        guard unsafe zg_ssl_ctx_harden(context, settings.minimumMinor) == 1 else { throw TLSError(openSSL: "cannot set up TLS") }
        unsafe zg_ssl_ctx_alpn_http11(context)
        guard unsafe SSL_CTX_use_certificate_chain_file(context, settings.certificate) == 1 else {
            throw TLSError(openSSL: "certificate \(settings.certificate)")
        }
        guard unsafe SSL_CTX_use_PrivateKey_file(context, settings.key, SSL_FILETYPE_PEM) == 1 else {
            throw TLSError(openSSL: "key \(settings.key)")
        }
        guard unsafe SSL_CTX_check_private_key(context) == 1 else {
            throw TLSError(openSSL: "key \(settings.key) does not belong to certificate \(settings.certificate)")
        }
        if let clientCA = settings.clientCA {
            guard unsafe SSL_CTX_load_verify_locations(context, clientCA, nil) == 1,
                let names = unsafe SSL_load_client_CA_file(clientCA)
            else { throw TLSError(openSSL: "client_ca \(clientCA)") }
            unsafe SSL_CTX_set_client_CA_list(context, names)
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }
    }

    deinit { unsafe SSL_CTX_free(context) }

    /// A server's side of a new connection.
    func makeSession(descriptor: Int32) throws(TLSError) -> TLSSession {
        guard let ssl = unsafe SSL_new(context) else { throw TLSError(openSSL: "cannot make a TLS session") }
        guard unsafe SSL_set_fd(ssl, descriptor) == 1 else {
            unsafe SSL_free(ssl)
            throw TLSError(openSSL: "cannot attach a TLS session")
        }
        unsafe SSL_set_accept_state(ssl)
        return unsafe TLSSession(ssl)
    }
}
