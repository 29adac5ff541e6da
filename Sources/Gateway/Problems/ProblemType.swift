/// Every problem type that the gateway may respond with, for `problems.json` and the OpenAPI description. docs/phases.md has the same
/// table.
public struct ProblemType: Sendable {
    /// The last part of its URI.
    public let name: String
    /// Empty: any error status, the upstream's.
    public let statuses: [Int]
    /// The phases that refuse with it.
    public let phases: [String]
    /// What it means and what to do, in Markdown.
    public let meaning: String

    /// The type's URI; a name, not an address.
    public var uri: String { "urn:problem-type:zuora-gateway:\(name)" }

    /// The status that no response has.
    static let onlyLogged = Problem.callerGone.status

    /// Statuses of refusals before the request has been read, for which it is not known what it asks for: of a malformed head, and of
    /// any request while memory is short.
    static let statusesOfUnread = Set(allCases.first { $0.name == "bad-request" }?.statuses ?? []).union([503])

    /// Whether a response with this status may have it.
    func occurs(with status: Int) -> Bool { statuses.isEmpty ? status >= 400 : statuses.contains(status) }

    private init(_ name: String, _ statuses: [Int], _ phases: [String], _ meaning: String) {
        self.name = name
        self.statuses = statuses
        self.phases = phases
        self.meaning = meaning
    }
}

extension ProblemType: CaseIterable {
    public static let allCases: [ProblemType] = [
        .init(
            "bad-request", [400, 408, 414, 417, 431, 501, 505], ["accept"],
            "The head violates HTTP or arrives too slowly, or a GET or HEAD has content. `detail` names the rule."),
        .init(
            "misdirected-request", [421], ["accept"],
            "`Host` is not a name of this gateway. Add it to `hosts` in `[gateway]` if callers use it."),
        .init(
            "cross-site-request", [403], ["accept"],
            "The request comes from a web page, and callers are not authenticated. Configure `[callers]`, or call from elsewhere."
        ),
        .init(
            "bad-request-timeout", [400], ["authorise"],
            "`X-Request-Timeout` must be a positive number of seconds, or a number with the unit `ms` or `s`, and must not be repeated."
        ),
        .init(
            "bad-track-id", [400], ["accept"],
            "`Zuora-Track-Id` is not 1 to 64 printable characters without `: ; \" '`, or is repeated."),
        .init(
            "bad-body", [400, 408, 413, 431], ["accept"],
            "The content is malformed, too large or too slow."),
        .init(
            "bad-content-coding", [400], ["accept"],
            "The content is labelled gzip, but is not valid gzip."),
        .init(
            "ambiguous-key", [400], ["identify"],
            "Send one key, in `X-Gateway-Key` or in `Authorization: Bearer`."),
        .init(
            "unknown-caller", [401], ["identify"],
            "No caller has this key, certificate or peer."),
        .init(
            "ambiguous-tenant", [400], ["identify"],
            "The tenant header is repeated."),
        .init(
            "malformed-tenant", [400], ["identify"],
            "The tenant header does not contain a valid tenant name."),
        .init(
            "no-tenant", [400], ["identify"],
            "The request names no tenant, and there is no default."),
        .init(
            "unknown-tenant", [400], ["identify"],
            "No such tenant is configured. Names are case-sensitive."),
        .init(
            "tenant-not-allowed", [403], ["identify"],
            "The tenant is not allowed for this caller, or is not the one of this listener."),
        .init(
            "bad-path", [400], ["authorise"],
            "The path is written in a way that servers interpret differently."),
        .init(
            "no-route", [404], ["authorise"],
            "The gateway forwards nothing at this path."),
        .init(
            "method-not-allowed", [405], ["accept", "authorise"],
            "The path does not support this method. `Allow` lists those that it does."),
        .init(
            "route-not-forwarded", [403], ["authorise"],
            "The tenant's `routes` does not list the route."),
        .init(
            "route-not-allowed", [403], ["authorise"],
            "The caller's `routes` does not list the route."),
        .init(
            "bad-connection", [400], ["authorise"],
            "`Connection` names too many fields."),
        .init(
            "ambiguous-entity", [400], ["authorise"],
            "`Zuora-Entity-Ids` takes one entity."),
        .init(
            "entity-not-allowed", [403], ["authorise"],
            "The tenant's `entities` does not list the entity."),
        .init(
            "malformed-orgs", [400], ["authorise"],
            "An org field is empty, or contains more orgs than it may."),
        .init(
            "org-not-allowed", [403], ["authorise"],
            "The tenant's `orgs` does not list the org."),
        .init(
            "ambiguous-version", [400], ["authorise"],
            "`Zuora-Version` takes one version."),
        .init(
            "not-acceptable", [406], ["authorise"],
            "`Accept-Encoding` refuses both identity and gzip."),
        .init(
            "queue-full", [429], ["admit"],
            "The tenant's queue is full."),
        .init(
            "queue-timeout", [429], ["admit"],
            "No slot became free within `queue_timeout`."),
        .init(
            "rate", [429], ["admit"],
            "The tenant's `rate` is exceeded."),
        .init(
            "quota", [429], ["admit"],
            "Zuora's own quota for the tenant is exhausted, or about to be."),
        .init(
            "breaker-open", [503], ["admit"],
            "The upstream keeps failing, so the breaker is open."),
        .init(
            "overload", [503], ["admit", "forward"],
            "The gateway has reached one of its own limits; `detail` names it."),
        .init(
            "gateway-stopping", [503], ["admit", "credential", "forward", "judge"],
            "The gateway is shutting down. The request was in a back-off, which ends when a drain begins; or it waited, or its content was still arriving, when the drain time ended. `may_have_reached_zuora` says whether it may have been executed."
        ),
        .init(
            "timeout-queue", [504], ["admit"],
            "The deadline passed while the request waited for a slot."),
        .init(
            "timeout-token", [504], ["credential", "judge"],
            "The deadline passed while the request waited for a token, and no token call has failed."),
        .init(
            "entity-required", [400], ["credential"],
            "The tenant's credential covers several entities; name one."),
        .init(
            "entity-not-covered", [403], ["credential"],
            "The tenant's credential does not cover this entity."),
        .init(
            "token-unknown-client", [503], ["credential"],
            "The data centre does not know the client id. Check `client_id` and `environment`."),
        .init(
            "token-wrong-secret", [503], ["credential"],
            "The client secret does not match the client id, or both belong to another data centre."),
        .init(
            "token-user-deactivated", [503], ["credential"],
            "The Zuora user that owns the client may not log in."),
        .init(
            "token-blocked", [503], ["credential"],
            "The token call was rejected before it reached the token endpoint. Check allow lists and proxies."),
        .init(
            "token-rate-limited", [503], ["credential"],
            "Zuora's limit on token calls is reached."),
        .init(
            "token-unavailable", [503], ["credential", "judge"],
            "The token endpoint is failing, or issues no replacement for a token that was rejected or has expired."),
        .init(
            "token-refused", [503], ["credential"],
            "The token endpoint rejects the request."),
        .init(
            "token-redirected", [503], ["credential"],
            "The token endpoint redirects, which the gateway does not follow. Check `upstream`."),
        .init(
            "token-malformed-answer", [503], ["credential"],
            "The token endpoint's response contains no valid token."),
        .init(
            "token-unreachable", [503], ["credential"],
            "The token endpoint cannot be reached."),
        .init(
            "token-timed-out", [503], ["credential"],
            "The token endpoint did not respond in time."),
        .init(
            "token-no-secret", [503], ["credential"],
            "The secret's file or environment variable is missing or unreadable."),
        .init(
            "token-rejected", [503], ["credential"],
            "Zuora rejects new tokens; the gateway waits before it requests another."),
        .init(
            "token-same-token-again", [503], ["credential"],
            "The token endpoint keeps issuing a token that the API rejects."),
        .init(
            "token-too-many-waiting", [503], ["credential"],
            "Too many requests are waiting for a token."),
        .init(
            "hub-key-missing", [503], ["credential"],
            "The key for the tenant's hub is missing or unreadable. Check `gateway_key`."),
        .init(
            "hub-unavailable", [503], ["forward"],
            "The hub cannot be reached. The request was not sent."),
        .init(
            "hub-refused", [503], ["forward"],
            "The hub does not know this gateway's key or certificate. Check its `[callers]`."),
        .init(
            "hub-response-broken", [502], ["forward"],
            "The hub's response was truncated or is malformed."),
        .init(
            "hub-loop", [502], ["forward"],
            "The request has passed eight gateways: the hub of one of them leads back to it. Check `gateway`."),
        .init(
            "upstream-unreachable", [502], ["forward"],
            "No connection could be made."),
        .init(
            "upstream-tls", [502], ["forward"],
            "No trusted connection could be made; `detail` says whether it was the certificate, the host name or the protocol version ([TLS](tls.md))."
        ),
        .init(
            "upstream-answer-broken", [502], ["forward"],
            "The response was truncated or is malformed."),
        .init(
            "upstream-suspended", [503], ["forward"],
            "The breaker opened between attempts."),
        .init(
            "gateway-overloaded", [503], ["forward"],
            "The gateway has reached one of its own limits."),
        .init(
            "timeout-connect", [504], ["forward"],
            "`connect_timeout` passed. Zuora did not get the request."),
        .init(
            "timeout-first-byte", [504], ["forward"],
            "`first_byte_timeout` passed."),
        .init(
            "timeout-stall", [504], ["forward"],
            "`stall_timeout` passed."),
        .init(
            "timeout-total", [504], ["forward"],
            "`timeout` passed, or the time in `X-Request-Timeout`."),
        .init(
            "cancel-unverified", [504], ["judge"],
            "The cancel got no clear response, and the job could not be verified. GET the job; cancelling again is harmless."),
        .init(
            "cancel-unconfirmed", [504], ["judge"],
            "The cancel got no clear response, and the job was still running when it was verified."),
        .init(
            "job-finished", [409], ["judge"],
            "The job had already finished, failed or been aborted."),
        .init(
            "not-replayable", [503], ["judge"],
            "Zuora rejected the token, and the content was too large to be kept for another attempt. Send the request again."),
        .init(
            "authentication-trouble", [503], ["judge"],
            "Zuora could not check the token."),
        .init(
            "upstream-page", [], ["judge"],
            "Something in front of Zuora sent an HTML page; `detail` summarises it. Only with `outcome_status = \"strict\"`; with `\"relay\"`, the page is relayed."
        ),
        .init(
            "upstream-content-coding", [502], ["relay"],
            "The upstream's gzip cannot be decoded."),
        .init(
            "internal-error", [500], ["forward"],
            "The gateway could not construct the upstream request. This is a bug: please report it."),
        .init(
            "client-gone", [499], ["relay"],
            "Only in the log: the caller disconnected before there was a response."),
    ]
}
