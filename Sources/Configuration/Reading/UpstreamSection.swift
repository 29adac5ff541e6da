import Policy

extension Schema {
    static let upstream = Section<UpstreamDraft>(
        "[upstream]",
        """
        Connections to data centres, or to a hub: defaults for all tenants. A tenant may override any of these keys. A tenant that \
        sets `upstream` or `environment` does not use a `gateway` set here.
        """, hubKeys.map { $0.lifted(\.hub) } + connectionKeys.map { $0.lifted(\.settings) })

    static let connectionKeys: [Field<UpstreamSettings>] = [
        Field(
            "connect_timeout", \.connectTimeout, .duration(.milliseconds(10) ... .seconds(120)), "DNS, TCP and TLS together.",
            example: #""5s""#),
        Field(
            "first_byte_timeout", \.firstByteTimeout, .duration(.milliseconds(10) ... .seconds(3600)),
            "From the end of the request to the first byte of the response. Absent: limited by `timeout` only.",
            example: #""100s""#),
        Field(
            "stall_timeout", \.stallTimeout, .duration(.milliseconds(100) ... .seconds(3600)),
            "How long a response may stall between bytes.",
            example: #""60s""#),
        Field(
            "timeout", \.timeout, .duration(.milliseconds(10) ... .seconds(3600)),
            """
            The whole exchange: queue, token, attempts and back-off. Zuora's time-out is 120 s. A caller may request \
            less with `X-Request-Timeout`.
            """, example: #""130s""#),
        Field(
            "ca_file", \.caFile, .file, "PEM file of certificate authorities instead of the system's.",
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
        Field("min_tls", \.minimumTLS, .choice(), "The minimum TLS version.", example: #""1.2""#),
        Field(
            "idle_timeout", \.idleTimeout, .duration(.seconds(1) ... .seconds(3600)),
            "A pooled connection idle for longer is closed.",
            example: #""60s""#),
        Field(
            "max_age", \.maximumAge, .duration(.seconds(1) ... .seconds(86_400)),
            "A pooled connection older than this is not reused.",
            example: #""10m""#),
        Field(
            "dns_ttl", \.dnsTTL, .duration(.seconds(1) ... .seconds(86_400)), "How long a resolved address is cached.",
            example: #""60s""#),
        Field(
            "forward_headers", \.forwardHeaders,
            .list(
                of: .string("header field name") { name in
                    ListedFields.problem(of: name, tenantHeader: "").map { "\(quoted(name)) is \($0)" }
                }),
            "Header fields of callers that are sent to Zuora beyond those that it documents ([phases](phases.md#authorise)). "
                + "A tenant's list replaces this one.", example: #"["X-Request-Id"]"#),
    ]
}

extension ValueReader where Value == String {
    /// A collector of traces, with a path.
    static let traceEndpoint = ValueReader(form: "URL", text: quoted) { node, reading in
        guard let text = reading.string(node, "a URL, a string") else { return nil }
        let url: UpstreamURL
        do throws(UpstreamURL.Problem) {
            url = try UpstreamURL(text)
            guard ["http", "https"].contains(url.scheme) else { throw .scheme }
        } catch {
            reading.error(
                error == .userInfo ? "a user or password in the URL" : "not a URL: \(quotedURL(text))",
                hint: error == .userInfo
                    ? "put an Authorization field into the file of headers" : "such as \"http://127.0.0.1:4318/v1/traces\"")
            return nil
        }
        return url.origin + (url.path.isEmpty || url.path == "/" ? "/v1/traces" : url.path)
    }

    /// A forward proxy; `none` is kept as the empty string, which libcurl takes for "never one".
    static let proxy = ValueReader(form: "URL, or \"none\"", text: { $0.isEmpty ? "\"none\"" : quoted($0) }) { node, reading in
        guard let text = reading.string(node, "a URL, a string") else { return nil }
        if text == "none" { return "" }
        let url: UpstreamURL
        do throws(UpstreamURL.Problem) {
            url = try UpstreamURL(text)
        } catch {
            reading.error(
                error == .userInfo ? "a user or password in the URL" : "not a proxy URL",
                hint: error == .userInfo ? "secrets must not be in the file" : "such as \"http://proxy.internal:3128\"")
            return nil
        }
        guard ["http", "https", "socks5h"].contains(url.scheme), url.path.isEmpty || url.path == "/" else {
            reading.error(
                "not a proxy URL", hint: "such as \"http://proxy.internal:3128\"; https:// and socks5h:// are supported too")
            return nil
        }
        return url.origin
    }
}
