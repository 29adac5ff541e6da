import CCurl
import Glibc
import Policy
import Wire

/// A libcurl easy handle, used for one dial and then for the resulting connection.
@safe struct CurlEasy {
    /// nil if out of memory. libcurl then refuses all calls (CURLE_BAD_FUNCTION_ARGUMENT,
    /// CURLM_BAD_EASY_HANDLE), so that a dial fails before it begins.
    let raw: UnsafeMutableRawPointer?

    /// `CurlLibrary.initialize` must have been called.
    init() { unsafe raw = curl_easy_init() }

    func cleanUp() { unsafe curl_easy_cleanup(raw) }

    @discardableResult
    func set(_ option: CURLoption, _ value: Int) -> CURLcode { unsafe zg_curl_set_long(raw, option, value) }

    @discardableResult
    func set(_ option: CURLoption, _ value: Bool) -> CURLcode { unsafe zg_curl_set_long(raw, option, value ? 1 : 0) }

    /// libcurl copies the string; nil resets the option.
    @discardableResult
    func set(_ option: CURLoption, _ value: String?) -> CURLcode { unsafe zg_curl_set_string(raw, option, value) }

    /// libcurl copies the bytes.
    @discardableResult
    func set(_ option: CURLoption, blob bytes: [UInt8]) -> CURLcode {
        unsafe bytes.withUnsafeBytes { unsafe zg_curl_set_blob(raw, option, $0.baseAddress, $0.count) }
    }

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        _ = unsafe zg_curl_get_long(raw, info, &value)
        return value
    }

    /// Microseconds, of one of libcurl's `_TIME_T`.
    func duration(_ info: CURLINFO) -> Duration {
        var value: Int64 = 0
        _ = unsafe zg_curl_get_offset(raw, info, &value)
        return .microseconds(value)
    }

    func string(_ info: CURLINFO) -> String? {
        var value: UnsafePointer<CChar>?
        guard unsafe zg_curl_get_string(raw, info, &value) == CURLE_OK, let value = unsafe value else { return nil }
        return unsafe String(cString: value)
    }

    // MARK: Preparing a dial

    /// Applies the connection settings of `target`. Not set, because libcurl's default is right: peer and host
    /// verification (on), TCP_NODELAY (on), racing of address families (CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, 200 ms).
    /// - Parameters:
    ///   - tls: lives as long as the handle.
    ///   - timeout: for the whole dial.
    /// - Returns: false if libcurl refuses a required option.
    func configure(
        for target: UpstreamTarget, _ credentials: TLSCredentials.Generation, _ tls: OpaquePointer?,
        timeout: Duration
    ) -> Bool {
        let settings = target.settings
        var isComplete = true
        func require(_ code: CURLcode) { isComplete = isComplete && code == CURLE_OK }

        require(set(CURLOPT_URL, target.url))
        require(set(CURLOPT_PROTOCOLS_STR, target.isTLS ? "https" : "http"))
        require(set(CURLOPT_CONNECT_ONLY, 1))
        require(set(CURLOPT_NOSIGNAL, true))
        // ALPN offers http/1.1 only: the gateway implements the protocol, not libcurl.
        require(set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)))
        set(CURLOPT_TCP_KEEPALIVE, true)
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: max(1, timeout.nanoseconds / 1_000_000 + 1)))
        set(CURLOPT_DNS_CACHE_TIMEOUT, Int(clamping: max(0, settings.dnsTTL.components.seconds)))
        if let path = settings.unixSocket { require(set(CURLOPT_UNIX_SOCKET_PATH, path)) }
        if target.isTLS { unsafe configureTLS(target, credentials, tls, require) }
        configureProxy(target, require)
        return isComplete
    }

    private func configureTLS(
        _ target: UpstreamTarget, _ credentials: TLSCredentials.Generation, _ tls: OpaquePointer?,
        _ require: (CURLcode) -> Void
    ) {
        let minimum = target.settings.minimumTLS == .tls13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2
        require(set(CURLOPT_SSLVERSION, Int(minimum)))
        set(CURLOPT_CAPATH, nil as String?)
        if let trust = credentials.trust {
            require(set(CURLOPT_CAINFO_BLOB, blob: trust.sample))
            require(unsafe trust.use(for: self, tls))
        }
        if let certificate = credentials.certificate { require(set(CURLOPT_SSLCERT_BLOB, blob: certificate)) }
        // A certificate file may also contain its key.
        if let key = credentials.key ?? credentials.certificate { require(set(CURLOPT_SSLKEY_BLOB, blob: key)) }
    }

    private func configureProxy(_ target: UpstreamTarget, _ require: (CURLcode) -> Void) {
        // Always set both: libcurl looks up missing values in the environment for every dial.
        require(set(CURLOPT_PROXY, target.proxy))
        require(set(CURLOPT_NOPROXY, ""))
        guard !target.proxy.isEmpty else { return }
        // Always a tunnel: the proxy sees neither path nor token.
        require(set(CURLOPT_HTTPPROXYTUNNEL, true))
        require(set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true))
    }
}

/// Global state of libcurl: initialised once for the process.
public enum CurlLibrary {
    /// Versions of libcurl and the libraries it uses.
    public struct Versions: Hashable, Sendable {
        /// `7.88.1`
        public var curl: String
        /// `OpenSSL/3.0.16`; empty if libcurl was built without TLS.
        public var tls: String
        /// `1.2.13`
        public var zlib: String
    }

    /// Must have been called before the first `UpstreamClient` is made, while the process has one thread (curl_global_init(3)).
    /// - Returns: whether libcurl can be used.
    @discardableResult
    public static func initialize() -> Bool { isInitialized }

    private static let isInitialized: Bool = {
        // OpenSSL writes to sockets with write(2): a disconnected upstream would end the process.
        signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    }()

    public static var versions: Versions {
        guard let info = unsafe curl_version_info(zg_curl_version_now) else {
            return Versions(curl: "", tls: "", zlib: "")
        }
        func text(_ string: UnsafePointer<CChar>?) -> String { unsafe string.map { unsafe String(cString: $0) } ?? "" }
        return Versions(
            curl: unsafe text(info.pointee.version), tls: unsafe text(info.pointee.ssl_version),
            zlib: unsafe text(info.pointee.libz_version))
    }
}
