import COpenSSL

/// A certificate authority in this process's memory, for a server that clients should trust without any
/// setup: the sandbox, a test. Its key is never written anywhere.
@safe public final class SelfSignedAuthority {
    private let certificate: OpaquePointer
    private let key: OpaquePointer
    /// The validity period of its certificates, including its own.
    private static let days: Int32 = 7

    /// - Parameter name: the subject's common name.
    /// - Throws: `TLSError` if OpenSSL has no memory or no randomness.
    public init(name: String) throws(TLSError) {
        ERR_clear_error()
        var certificate: OpaquePointer?
        var key: OpaquePointer?
        guard unsafe zg_issue_certificate(name, nil, Self.days, nil, nil, &certificate, &key) == 1,
            let certificate = unsafe certificate, let key = unsafe key
        else { throw TLSError(openSSL: "cannot create a certificate authority") }
        unsafe self.certificate = unsafe certificate
        unsafe self.key = unsafe key
    }

    deinit {
        unsafe X509_free(certificate)
        unsafe EVP_PKEY_free(key)
    }

    /// The authority's certificate in PEM, for clients to trust.
    public var pem: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { text in
            guard let base = text.baseAddress, unsafe zg_certificate_pem(certificate, base, text.count) > 0 else { return "" }
            return unsafe String(cString: base)
        }
    }

    /// Issues a certificate for `hosts` and creates a context with it.
    /// - Parameter hosts: names and addresses; the first is the subject's common name.
    /// - Throws: `TLSError` if one of them is neither, or OpenSSL has no memory or no randomness.
    public func serverContext(hosts: [String] = ["localhost", "127.0.0.1", "::1"]) throws(TLSError) -> TLSServerContext {
        ERR_clear_error()
        let names = hosts.map { (Self.isAddress($0) ? "IP:" : "DNS:") + $0 }.joined(separator: ",")
        var leaf: OpaquePointer?
        var leafKey: OpaquePointer?
        guard unsafe zg_issue_certificate(hosts.first ?? "", names, Self.days, certificate, key, &leaf, &leafKey) == 1,
            let leaf = unsafe leaf, let leafKey = unsafe leafKey
        else { throw TLSError(openSSL: "cannot create a certificate for \(hosts.joined(separator: ", "))") }
        defer {
            unsafe X509_free(leaf)
            unsafe EVP_PKEY_free(leafKey)
        }
        return try unsafe TLSServerContext(certificate: leaf, key: leafKey)
    }

    private static func isAddress(_ host: String) -> Bool {
        host.contains(":")
            || host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
