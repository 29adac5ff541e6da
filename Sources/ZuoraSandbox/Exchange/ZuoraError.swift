import Wire

/// Zuora's error formats: each service behind its front end has a different one.
enum ZuoraError {
    /// `{"message"}`: authentication.
    static func message(_ status: Int, _ text: String) -> SandboxReply { .json(status, ["message": .string(text)]) }

    /// `{"code", "message"}` with a number.
    static func code(_ status: Int, _ code: Int, _ text: String) -> SandboxReply {
        .json(status, ["code": .int(code), "message": .string(text)])
    }

    /// `{"errorCode", "message"}`: AQuA's, inside a 200.
    static func errorCode(_ code: Int, _ text: String, asNumber: Bool = false) -> SandboxReply {
        .json(200, ["errorCode": asNumber ? .int(code) : .string(String(code)), "message": .string(text)])
    }

    /// `{"success": false, "processId", "reasons"}`: version 1 of the REST API.
    static func reasons(_ status: Int, _ code: Int, _ text: String, processID: String) -> SandboxReply {
        .json(
            status,
            [
                "success": false, "processId": .string(processID),
                "reasons": [["code": .int(code), "message": .string(text)]],
            ])
    }

    /// `{"reasons"}` alone: the entity check and the rate limiter.
    static func bareReasons(_ status: Int, _ code: JSONValue, _ text: String) -> SandboxReply {
        .json(status, ["reasons": [["code": code, "message": .string(text)]]])
    }

    /// Spring's format.
    static func spring(_ status: Int, _ error: String, _ text: String, path: String) -> SandboxReply {
        .json(
            status,
            ["status": .int(status), "error": .string(error), "message": .string(text), "path": .string(path)])
    }

    /// `{"Success": false, "Errors"}`: the proxy's.
    static func proxyErrors(_ status: Int, _ code: String, _ text: String) -> SandboxReply {
        .json(
            status, ["Success": false, "Errors": [["Code": .string(code), "Message": .string(text)]]])
    }

    /// A page of the content delivery network or the load balancer, with its `Server` field.
    static func page(_ status: Int, _ title: String, server: String? = nil) -> SandboxReply {
        var reply = SandboxReply.text(
            status, "text/html",
            """
            <HTML><HEAD>
            <TITLE>\(title)</TITLE>
            </HEAD><BODY>
            <H1>\(title)</H1>
            The server is temporarily unable to service your request. Please try again later.<P>
            Reference&#32;&#35;18&#46;5f2d1002&#46;1700000000&#46;2c9a1b
            </BODY>
            </HTML>

            """)
        if let server { reply.fields.append(Field("Server", server)) }
        return reply
    }

    /// Too many calls at the same time.
    static func concurrency() -> SandboxReply {
        var reply = code(
            429, 50_000_070,
            "The total number of concurrent requests has exceeded the limit allowed by the system. "
                + "Please resubmit your request later.")
        reply.fields.append(Field("Retry-After", "120"))
        return reply
    }

    /// A quota used up.
    static func quota(window: String, retryAfter seconds: Int, header: Bool) -> SandboxReply {
        var reply = bareReasons(
            429, 70, "API Rate limit exceeded for the \(window), retry after \(seconds) seconds")
        if header { reply.fields.append(Field("Retry-After", String(seconds))) }
        return reply
    }
}
