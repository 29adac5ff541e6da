import Wire

/// A response that replaces Zuora's.
public enum FaultResponse: Hashable, Sendable {
    /// One of the named responses.
    case named(String)
    /// A response defined by a control call.
    case custom(status: Int, fields: [Field], body: [UInt8])

    init?(named name: String) {
        guard Self.reply(named: name, path: "/", processID: "", date: "") != nil else { return nil }
        self = .named(name)
    }

    /// The reply.
    /// - Parameter date: an HTTP-date two seconds ahead, for responses with `Retry-After`.
    func reply(path: String, processID: String, date: String) -> SandboxReply {
        switch self {
        case .custom(let status, let fields, let body): SandboxReply(status: status, fields: fields, body: .bytes(body))
        case .named(let name):
            Self.reply(named: name, path: path, processID: processID, date: date)
                ?? ZuoraError.code(500, 50_000_060, "Internal error.")
        }
    }

    private static func reply(named name: String, path: String, processID: String, date: String) -> SandboxReply? {
        switch name {
        case "400-no-bearer": return ZuoraError.message(400, "No bearer token")
        case "400-proxy": return ZuoraError.proxyErrors(400, "BAD_REQUEST", "The request is not valid.")
        case "401-user-info": return ZuoraError.message(401, "Failed to get user info")
        case "401-spring": return ZuoraError.spring(401, "Unauthorized", "Full authentication is required.", path: path)
        case "401-reasons":
            return ZuoraError.reasons(401, 90_000_011, "this resource is protected, please sign in first", processID: processID)
        case "429-retry-after": return retryAfter("1", ZuoraError.concurrency())
        case "429-date": return retryAfter(date, ZuoraError.concurrency())
        case "429-bare": return retryAfter(nil, ZuoraError.concurrency())
        case "429-quota":
            var reply = ZuoraError.quota(window: "minute", retryAfter: 2, header: false)
            reply.fields += [
                Field("RateLimit-Limit", "2250000, 50000;w=60, 2250000;w=3600, 27000000;w=86400"),
                Field("RateLimit-Remaining", "0"), Field("RateLimit-Reset", "2"),
            ]
            return reply
        case "429-message": return ZuoraError.message(429, "request exceeded limit")
        case "429-text":
            var reply = SandboxReply.text(429, "text/plain", "The maximum number of concurrent downloads is exceeded.")
            reply.fields.append(Field("Retry-After", "120"))
            return reply
        case "503-retry-after": return retryAfter("1", ZuoraError.page(503, "Service Unavailable"))
        case "503-json": return ZuoraError.code(503, 50_000_061, "The service is temporarily unavailable.")
        case "empty-200": return SandboxReply(status: 200)
        case "html-200": return ZuoraError.page(200, "Scheduled maintenance")
        case "html-403": return ZuoraError.page(403, "Access Denied", server: "AkamaiGHost")
        case "exceeded-200": return ZuoraError.message(200, "REQUEST_EXCEEDED_RATE")
        case "wrong-entity": return ZuoraError.bareReasons(200, 90_000_020, "Entity is invalid or not accessible.")
        case "lock": return reasons(50_000_050, "Operation failed due to lock competition, please retry later.", processID)
        case "temporary": return reasons(50_000_061, "A temporary error. Please try again later.", processID)
        case "max-object-size":
            return .text(403, "application/xml", "<security:max-object-size>2047MB</security:max-object-size>")
        default: return patterned(name, path: path, processID: processID)
        }
    }

    /// `html-<status>`, `aqua-<code>`, `reasons-<code>`, or a status alone.
    private static func patterned(_ name: String, path: String, processID: String) -> SandboxReply? {
        func number(_ prefix: String) -> Int? { name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.utf8.count)) : nil }
        if let status = number("html-"), (400...599).contains(status) {
            return ZuoraError.page(status, status == 503 ? "Service Unavailable" : "Error \(status)", server: "AkamaiGHost")
        }
        if let code = number("aqua-"), (90001...90099).contains(code) { return ZuoraError.errorCode(code, "AQuA error \(code).") }
        if let code = number("reasons-"), code > 0 { return reasons(code, "Error \(code).", processID) }
        guard name.utf8.count == 3, let status = Int(name), (200...599).contains(status) else { return nil }
        switch status {
        case 401: return ZuoraError.message(401, "Authentication error")
        case 403: return ZuoraError.code(403, 50_000_010, "You do not have permission to do this.")
        case 404: return ZuoraError.code(404, 50_000_040, "Cannot find entity by key.")
        case 405: return ZuoraError.spring(405, "Method Not Allowed", "Request method is not supported", path: path)
        case 409: return ZuoraError.code(409, 50_000_050, "Another request is being processed.")
        case 429: return ZuoraError.concurrency()
        case 500: return ZuoraError.code(500, 50_000_060, "Internal error.")
        case 502, 503, 504:
            return ZuoraError.page(status, ["Bad Gateway", "Service Unavailable", "Gateway Timeout"][status - 502])
        default: return ZuoraError.code(status, 50_000_020, "Status \(status), as requested.")
        }
    }

    private static func reasons(_ code: Int, _ text: String, _ processID: String) -> SandboxReply {
        ZuoraError.reasons(200, code, text, processID: processID)
    }

    private static func retryAfter(_ value: String?, _ reply: SandboxReply) -> SandboxReply {
        var reply = reply
        reply.fields.removeAll { $0.isNamed("Retry-After") }
        if let value { reply.fields.append(Field("Retry-After", value)) }
        return reply
    }
}
