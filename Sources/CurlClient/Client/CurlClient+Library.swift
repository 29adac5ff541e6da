import CCurl

/// libcurl as a whole: initialised once for the process.
extension CurlClient {
    /// What libcurl says about itself and the libraries under it.
    public struct Versions: Hashable, Sendable {
        /// `7.88.1`
        public var curl: String
        /// `OpenSSL/3.0.16`; empty when libcurl was built without TLS.
        public var tls: String
        /// `1.2.13`
        public var zlib: String
        /// `1.52.0`; nil when libcurl was built without HTTP/2.
        public var nghttp2: String?
        /// Whether names are resolved without blocking the event loop.
        public var resolvesAsynchronously: Bool
    }

    /// Must have been called before the first `CurlClient` is made, while the process has one thread (curl_global_init(3)).
    /// - Returns: whether libcurl can be used.
    @discardableResult
    public static func initializeLibrary() -> Bool { isInitialized }

    private static let isInitialized = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK && zg_curl_prepare() == 1

    public static var versions: Versions {
        guard let info = unsafe curl_version_info(zg_curl_version_now) else {
            return Versions(curl: "", tls: "", zlib: "", nghttp2: nil, resolvesAsynchronously: false)
        }
        func text(_ string: UnsafePointer<CChar>?) -> String { unsafe string.map { unsafe String(cString: $0) } ?? "" }
        let features = unsafe Int(info.pointee.features)
        let hasHTTP2 = features & Int(CURL_VERSION_HTTP2) != 0
        return Versions(
            curl: unsafe text(info.pointee.version), tls: unsafe text(info.pointee.ssl_version),
            zlib: unsafe text(info.pointee.libz_version),
            nghttp2: hasHTTP2 ? unsafe text(info.pointee.nghttp2_version) : nil,
            resolvesAsynchronously: features & Int(CURL_VERSION_ASYNCHDNS) != 0)
    }
}
