import CCurl
import COpenSSL
import Glibc
import Policy
import Synchronization

/// The files that a target's TLS depends on: authorities, client certificate and its key. They are checked before each dial, so that a
/// renewed file is used from the next connection on.
///
/// Each change of their *content* is a new generation: connections and TLS sessions of an older one are not reused, since a
/// session does not record the authorities or the certificate that it was established with.
final class TLSCredentials: Sendable {
    /// The credentials of a dial. Immutable.
    struct Generation: Sendable {
        /// Incremented with each change; connections of another generation are stale.
        var number: UInt64
        /// nil without TLS.
        var trust: TrustStore?
        /// PEM.
        var certificate: [UInt8]?
        var key: [UInt8]?
    }

    private struct State {
        var current: Generation?
        var stamps: [RegularFile.Stamp?] = []
        /// Of files that could not be used, so that they are reported once.
        var unusable: [RegularFile.Stamp?]?
    }

    private let authorities: String?
    private let certificateFile: String?
    private let keyFile: String?
    private let isTLS: Bool
    private let state = Mutex(State())

    init(_ settings: UpstreamSettings, isTLS: Bool) {
        authorities = settings.caFile
        certificateFile = settings.clientCertificate
        keyFile = settings.clientKey
        self.isTLS = isTLS
    }

    /// Reads files that have changed since the last call. Without changes it costs one stat(2) per file.
    /// - Parameter onFailure: called once for changed files that cannot be used; the former ones stay in use.
    /// - Throws: `UpstreamFailure` of kind `badCredentialFile` that names the file, if there are no former ones.
    func refresh(onFailure: (UpstreamFailure) -> Void = { _ in }) throws(UpstreamFailure) -> Generation {
        guard isTLS else { return Generation(number: 0, trust: nil) }
        let (generation, failure) = try state.withLock { (state) throws(UpstreamFailure) in try refresh(&state) }
        if let failure { onFailure(failure) }
        return generation
    }

    private func refresh(_ state: inout State) throws(UpstreamFailure) -> (Generation, UpstreamFailure?) {
        let path = authorities ?? TrustStore.systemPath
        let stamps = [path, certificateFile, keyFile].map { $0.flatMap(RegularFile.Stamp.init) }
        if let current = state.current, stamps == state.stamps { return (current, nil) }
        let next: Generation
        do throws(UpstreamFailure) {
            next = try load(path, after: state.current)
        } catch {
            // Being renewed, or missing: the last valid version stays in use, and the next dial tries again.
            guard let current = state.current else { throw error }
            defer { state.unusable = stamps }
            return (current, state.unusable == stamps ? nil : error)
        }
        state.stamps = stamps
        if let current = state.current, current.trust === next.trust, current.certificate == next.certificate,
            current.key == next.key
        {
            // Touched, or replaced by the same content.
            return (current, nil)
        }
        state.current = next
        return (next, nil)
    }

    private func load(_ authorities: String?, after current: Generation?) throws(UpstreamFailure) -> Generation {
        let generation = Generation(
            number: (current?.number ?? 0) &+ 1, trust: try TrustStore.load(authorities),
            certificate: try certificateFile.map(Self.read), key: try keyFile.map(Self.read))
        if let certificate = generation.certificate, let key = generation.key,
            unsafe zg_pem_pair_matches(certificate, certificate.count, key, key.count) == 0
        {
            throw UpstreamFailure(
                .badCredentialFile,
                message: "\(keyFile ?? "") does not match \(certificateFile ?? ""), or is not in PEM format")
        }
        return generation
    }

    private static func read(_ path: String) throws(UpstreamFailure) -> [UInt8] {
        do throws(SystemError) {
            return try RegularFile.read(path, limit: 1 << 20)
        } catch {
            throw UpstreamFailure(credentialFile: error)
        }
    }
}

/// The certificate authorities of one file, parsed once for all targets and loops that use it.
///
/// libcurl's cache of parsed authorities has one slot, so two alternating files would be parsed again for every dial; and its
/// default differs between versions. The store given to OpenSSL here is the only one used for verification.
@safe final class TrustStore: Sendable {
    // SAFETY: the pointer is a private `let`, set in init, and its reference is released in deinit, when there are no other
    // references to this object, so that it is valid in every method. Certificates and flags are set in init only, before another
    // thread has the object. From then on loops only pass the store to SSL_CTXs, each of which takes a reference of its own
    // (SSL_CTX_set1_verify_cert_store(3)), and look up in it, for which OpenSSL locks the store itself (openssl-threads(7)).
    // libcurl passes the pointer on (`zg_tls_state`) only when TLS begins: until then, and until its handle is cleaned up, after
    // which it begins no TLS, the `Dial` keeps this object.
    private nonisolated(unsafe) let store: OpaquePointer
    /// One certificate of the file, passed to libcurl instead of its default bundle, which it would parse for every dial.
    let sample: [UInt8]
    private let content: SHA256Digest?

    /// By path: the store created from the file's content, as long as a target uses it.
    private struct Cached {
        weak var store: TrustStore?
        var stamp: RegularFile.Stamp
    }

    private static let cache = Mutex<[String: Cached]>([:])
    /// Far larger than any bundle.
    private static let sizeLimit = 16 << 20

    /// The bundle that libcurl was built to trust (CURLINFO_CAINFO).
    static let systemPath: String? = {
        let easy = CurlEasy()
        defer { easy.cleanUp() }
        return easy.string(CURLINFO_CAINFO)
    }()

    /// - Parameter path: a PEM file.
    /// - Throws: `UpstreamFailure` of kind `badCredentialFile` if it cannot be read or has no certificate.
    static func load(_ path: String?) throws(UpstreamFailure) -> TrustStore {
        guard let path else {
            throw UpstreamFailure(.badCredentialFile, message: "no bundle of certificate authorities found: set ca_file")
        }
        let known = cache.withLock { $0[path] }
        let stamp = RegularFile.Stamp(path)
        if let store = known?.store, let stamp, stamp == known?.stamp { return store }
        let content: [UInt8]
        do throws(SystemError) {
            content = try RegularFile.read(path, limit: sizeLimit)
        } catch {
            throw UpstreamFailure(credentialFile: error)
        }
        let digest = SHA256Digest(of: content.span)
        let same = known?.store.flatMap { digest != nil && $0.content == digest ? $0 : nil }
        guard let store = same ?? TrustStore(content, digest) else {
            throw UpstreamFailure(.badCredentialFile, message: "\(path): no certificate in PEM format")
        }
        if let stamp { cache.withLock { $0[path] = Cached(store: store, stamp: stamp) } }
        return store
    }

    private init?(_ pem: [UInt8], _ digest: SHA256Digest?) {
        let store = unsafe pem.withUnsafeBytes { unsafe zg_trust_store_make($0.baseAddress, $0.count) }
        guard let store = unsafe store else { return nil }
        unsafe self.store = store
        sample = Self.firstCertificate(pem)
        content = digest
    }

    deinit { unsafe X509_STORE_free(store) }

    /// Makes a dial's sessions verify with this store only.
    /// - Parameter state: lives as long as the handle.
    func use(for easy: CurlEasy, _ state: OpaquePointer?) -> CURLcode { unsafe zg_curl_set_tls(easy.raw, state, store) }

    private static func firstCertificate(_ pem: [UInt8]) -> [UInt8] {
        guard let begin = pem.firstRange(of: "-----BEGIN CERTIFICATE-----".utf8),
            let end = pem[begin.upperBound...].firstRange(of: "-----END CERTIFICATE-----".utf8)
        else { return pem }
        return Array(pem[begin.lowerBound..<end.upperBound]) + [UInt8(ascii: "\n")]
    }
}
