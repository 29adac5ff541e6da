import CCurl

extension EasyHandle {
    /// What never changes while the handle serves `target`: set once, so that a request sets little more than its path.
    ///
    /// Not set, because libcurl's default is what is wanted: peer and host verification (on), redirects, cookies, netrc,
    /// decoding and authentication (off), TCP_NODELAY (on).
    /// - Parameter shares: whether it may use HTTP/2, if the target offers it.
    /// - Returns: false if libcurl refuses something that must not be left out.
    func configure(for target: UpstreamTarget, sharing shares: Bool) -> Bool {
        let settings = target.settings
        var isComplete = true
        func require(_ code: CURLcode) { isComplete = isComplete && code == CURLE_OK }

        require(setURL(target.url))
        require(set(CURLOPT_PROTOCOLS_STR, target.isTLS ? "https" : "http"))
        require(set(CURLOPT_NOSIGNAL, true))
        set(CURLOPT_PATH_AS_IS, true)
        set(CURLOPT_TCP_KEEPALIVE, true)
        set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(settings.connectTimeout))
        set(CURLOPT_DNS_CACHE_TIMEOUT, seconds(settings.dnsTTL))
        set(CURLOPT_MAXAGE_CONN, max(1, seconds(settings.idleTimeout)))
        set(CURLOPT_MAXLIFETIME_CONN, seconds(settings.maximumAge))
        setSharing(shares && target.offersHTTP2)
        configureTLS(target, require)
        configureProxy(target, require)
        return isComplete
    }

    /// How long an authorities' file is believed once it is read. libcurl's own day is too long for a file that may be renewed.
    private static let authorityCacheSeconds = 300

    private func configureTLS(_ target: UpstreamTarget, _ require: (CURLcode) -> Void) {
        let settings = target.settings
        guard target.isTLS else { return }
        let minimum = settings.minimumTLS == .tls13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2
        require(set(CURLOPT_SSLVERSION, Int(minimum)))
        // libcurl parses the authorities once and keeps them (CURLOPT_CA_CACHE_TIMEOUT), but only if there is no directory too.
        if let file = settings.caFile ?? string(CURLINFO_CAINFO) {
            require(set(CURLOPT_CAINFO, file))
            set(CURLOPT_CAPATH, nil as String?)
            set(CURLOPT_CA_CACHE_TIMEOUT, Self.authorityCacheSeconds)
        }
        if let certificate = settings.clientCertificate { require(set(CURLOPT_SSLCERT, certificate)) }
        if let key = settings.clientKey { require(set(CURLOPT_SSLKEY, key)) }
    }

    /// HTTP/2 only where ALPN agrees on it; a request waits for a connection that is being made if it may share it.
    private func setSharing(_ shares: Bool) {
        let version = shares ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        if set(CURLOPT_HTTP_VERSION, Int(version)) != CURLE_OK { set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)) }
        set(CURLOPT_PIPEWAIT, shares)
    }

    private func configureProxy(_ target: UpstreamTarget, _ require: (CURLcode) -> Void) {
        // Both always set: a value that is missing is looked for in the environment by every request.
        require(set(CURLOPT_PROXY, target.proxy))
        require(set(CURLOPT_NOPROXY, ""))
        guard !target.proxy.isEmpty else { return }
        // Always a tunnel: the proxy sees neither path nor token.
        require(set(CURLOPT_HTTPPROXYTUNNEL, true))
        require(set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE)))
        require(set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true))
    }

    private func milliseconds(_ duration: Duration) -> Int {
        max(1, Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000))
    }

    private func seconds(_ duration: Duration) -> Int { Int(max(0, duration.components.seconds)) }
}
