import Wire

@testable import Policy

/// Takes any bytes for the field lines of a request, separated by LF, after one that chooses the request line and whether there
/// are callers. What goes upstream is judged by what an upstream sees that cannot tell `-` from `_`: each owned field once, with
/// the gateway's value, and nothing that must not pass. Checked by the fuzzer, and by a test over its corpus.
/// - Returns: what does not hold, or nil.
func policyProperty(_ input: [UInt8]) -> String? {
    guard let choice = input.first else { return nil }
    let line = ["DELETE /v1/batch-query/jobs/1", "POST /v1/batch-query", "GET /v1/files/2"][Int(choice & 3) % 3]
    var bytes = Array("\(line) HTTP/1.1\r\nHost: gateway\r\n".utf8)
    for field in input.dropFirst().split(separator: 0x0A) { bytes += Array(field) + [0x0D, 0x0A] }
    bytes += [0x0D, 0x0A]
    var parser = RequestHeadParser()
    guard parser.parse(bytes.span) == .complete else { return nil }
    let policy = choice & 4 == 0 ? Samples.open : Samples.closed
    do throws(Denial) {
        if let complaint = try upstreamComplaint(policy, parser.head, bytes) { return complaint }
    } catch {
        guard (400...405).contains(error.status), !error.detail.isEmpty else { return "refused with \(error)" }
        guard (error.status == 405) == (error.allow != nil) else { return "a 405 without Allow, or the other way round" }
    }
    return explanationComplaint(policy, parser.head, bytes)
}

private func upstreamComplaint(_ policy: Policy, _ head: RequestHead, _ bytes: [UInt8]) throws(Denial) -> String? {
    let resolution = try policy.resolve(head, bytes.span)
    var random = SystemRandomNumberGenerator()
    let trackID = TrackID.resolve(head, bytes.span, using: &random).trackID
    var block = HeaderBlock()
    let isWhole = try policy.writeUpstreamHeaders(
        of: resolution, head, bytes.span, scope: .unknown, token: Samples.token.span, trackID: trackID, into: &block)
    guard isWhole else { return "a line was malformed" }
    var seen: [String: [String]] = [:]
    for index in block.fields.indices {
        let name = block.bytes[block.fields[index].nameRange].map(\.foldedFieldName)
        seen[String(decoding: name, as: UTF8.self), default: []].append(block.value(index))
    }
    for (name, values) in Samples.owned {
        guard let found = seen[name], found.count == 1, values.contains(found[0]) else { return "\(name): \(seen[name] ?? [])" }
    }
    guard seen["zuora-track-id"] == [trackID.description] else { return "another track id" }
    for name in Samples.forbidden where seen[name] != nil { return "\(name) passed" }
    if head.method != .post, seen["idempotency-key"] != nil { return "Idempotency-Key passed" }
    if seen.keys.contains(where: { $0.hasPrefix("x-forwarded-") }) { return "X-Forwarded- passed" }
    if let org = seen["zuora-working-org"], org != ["org-1"], org != ["org-2"] { return "a foreign working org passed" }
    return nil
}

private func explanationComplaint(_ policy: Policy, _ head: RequestHead, _ bytes: [UInt8]) -> String? {
    var random = SystemRandomNumberGenerator()
    let explanation = policy.explain(head, bytes.span, using: &random)
    guard explanation.denial == nil else { return nil }
    guard explanation.sent.filter({ $0.isRedacted }).map(\.name) == ["Authorization"] else { return "the token is not redacted" }
    // Each line of the caller's is either sent or accounted for. Its track id is both: removed, and sent in the gateway's own field.
    let callers = explanation.sent.count { $0.origin == .caller && $0.name != "Zuora-Track-Id" }
    guard callers + explanation.removed.count == head.fields.count else { return "a line is unaccounted for" }
    return nil
}

private enum Samples {
    static let token = Array("token".utf8)
    static let open = policy([])
    static let closed: Policy = {
        var caller = CallerSettings(name: "billing")
        caller.keyHashes = [SHA256Digest(of: "key".utf8.span)?.bytes ?? []]
        caller.tenants = ["acme"]
        return policy([caller])
    }()
    /// What may arrive in each owned field.
    static let owned: [String: Set<String>] = [
        "authorization": ["Bearer token"], "zuora-version": ["2025-08-12"], "accept-encoding": ["gzip"],
        "zuora-entity-ids": ["8a8082e6-5b2c-4a31-9f11-0123456789ab", "402881e5-0000-1111-2222-333344445555"],
        "zuora-org-ids": ["org-1,org-2", "org-1", "org-2", "org-2,org-1"],
    ]
    static let forbidden = [
        "proxy-authorization", "cookie", "apiaccesskeyid", "apisecretaccesskey", "entityid", "entityname", "x-gateway-key",
        "x-zuora-tenant", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "expect", "content-length", "host", "forwarded", "x-request-timeout", "x-http-method-override", "x-original-url",
        "x-rewrite-url",
    ]

    private static func policy(_ callers: [CallerSettings]) -> Policy {
        var tenant = TenantSettings(
            name: "acme", upstream: UpstreamSettings(url: "https://rest.zuora.example"),
            credential: .client(id: "id", secret: .environment(name: "SECRET")))
        tenant.entities = [
            .init(name: "emea", id: "8a8082e65b2c4a319f110123456789ab", spelling: "8a8082e6-5b2c-4a31-9f11-0123456789ab"),
            .init(name: "amer", id: "402881e5000011112222333344445555", spelling: "402881e5-0000-1111-2222-333344445555"),
        ]
        tenant.defaultEntity = tenant.entities[0]
        tenant.orgs = ["org-1", "org-2"]
        tenant.apiVersion = "2025-08-12"
        tenant.routes = ["aqua.cancel", "aqua.submit", "files.get"]
        return Policy(callers: callers, tenants: [tenant], defaultTenant: "acme", version: "0")
    }
}
