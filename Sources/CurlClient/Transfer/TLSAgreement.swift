import CCurl

/// What a connection's two ends agreed on in the TLS handshake.
public struct TLSAgreement: Hashable, Sendable {
    /// `TLSv1.3`
    public let version: String
    /// `TLS_AES_256_GCM_SHA384`, as OpenSSL calls it.
    public let cipher: String

    /// - Parameter easy: in the middle of a transfer over TLS.
    init?(_ easy: EasyHandle) {
        var version: UnsafePointer<CChar>?
        var cipher: UnsafePointer<CChar>?
        guard unsafe zg_curl_tls_names(easy.raw, &version, &cipher) == 1, let version = unsafe version, let cipher = unsafe cipher
        else { return nil }
        unsafe self.version = String(cString: version)
        unsafe self.cipher = String(cString: cipher)
    }
}
