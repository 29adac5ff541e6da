import Policy

extension Schema {
    static let upstream = Section<UpstreamSettings>(
        "[upstream]", "How data centres are reached: defaults for every tenant. A tenant may set any of these keys for itself.",
        [
            Field(
                "connect_timeout", \.connectTimeout, .duration(.milliseconds(10) ... .seconds(120)), "DNS, TCP and TLS together.",
                example: #""5s""#),
            Field(
                "first_byte_timeout", \.firstByteTimeout, .duration(.milliseconds(10) ... .seconds(3600)),
                "From the request sent to the first byte of the answer. Absent: only `timeout` bounds it.", example: #""100s""#),
            Field(
                "stall_timeout", \.stallTimeout, .duration(.milliseconds(100) ... .seconds(3600)),
                "How long an answer under way may stand still.",
                example: #""60s""#),
            Field(
                "timeout", \.timeout, .duration(.milliseconds(10) ... .seconds(3600)),
                """
                The whole exchange: queue, token, attempts and the waits between them. Zuora itself gives up at 120 s. A caller \
                may ask for less by `X-Request-Timeout`.
                """, example: #""130s""#),
            Field(
                "ca_file", \.caFile, .file, "PEM file of certificate authorities in place of the system's.",
                example: #""/etc/ssl/private-ca.pem""#),
            Field(
                "client_certificate", \.clientCertificate, .file, "PEM file of the client certificate; needs `client_key`.",
                example: #""/etc/zuora-gateway/client.crt""#),
            Field(
                "client_key", \.clientKey, .file, "PEM file of its key; needs `client_certificate`.",
                example: #""/etc/zuora-gateway/client.key""#),
            Field(
                "proxy", \.proxy, .proxy,
                "Forward proxy. Absent: `HTTPS_PROXY` and `NO_PROXY`, read once at start. `\"none\"`: never one.",
                example: #""http://proxy.internal:3128""#),
            Field("min_tls", \.minimumTLS, .choice(), "The oldest TLS version that is spoken.", example: #""1.2""#),
            Field(
                "idle_timeout", \.idleTimeout, .duration(.seconds(1) ... .seconds(3600)),
                "A pooled connection idle for longer is closed.",
                example: #""60s""#),
            Field(
                "max_age", \.maximumAge, .duration(.seconds(1) ... .seconds(86_400)),
                "A pooled connection older than this is not used again.",
                example: #""10m""#),
            Field(
                "dns_ttl", \.dnsTTL, .duration(.seconds(1) ... .seconds(86_400)), "How long a resolved address is believed.",
                example: #""60s""#),
        ])
}

extension ValueReader where Value == String {
    /// A forward proxy; `none` is kept as the empty string, which libcurl takes for "never one".
    static let proxy = ValueReader(form: "URL, or \"none\"", text: { $0.isEmpty ? "\"none\"" : quoted($0) }) { node, reading in
        guard case .string(let text) = node.value else {
            reading.expected("a URL, a string", node)
            return nil
        }
        if text == "none" { return "" }
        let url: UpstreamURL
        do throws(UpstreamURL.Problem) {
            url = try UpstreamURL(text)
        } catch {
            reading.error(
                error == .userInfo ? "a user or password in the URL" : "no URL of a proxy",
                hint: error == .userInfo ? "the file holds no secrets" : "such as \"http://proxy.internal:3128\"")
            return nil
        }
        guard ["http", "https", "socks5h"].contains(url.scheme), url.path.isEmpty || url.path == "/" else {
            reading.error(
                "no URL of a proxy", hint: "such as \"http://proxy.internal:3128\"; https:// and socks5h:// are known too")
            return nil
        }
        return url.origin
    }
}
