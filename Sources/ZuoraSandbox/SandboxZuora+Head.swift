import Wire

extension SandboxZuora {
    /// Adds the fields that every response has.
    func finishHead(_ reply: inout SandboxReply, call: SandboxCall, inFlight: Int) {
        let request = call.request
        reply.fields.append(Field("Zuora-Request-Id", call.requestID))
        if settings.illegalTrackID == .echo || Self.hasLegalTrackID(request) {
            for value in request.fields.all("Zuora-Track-Id") { reply.fields.append(Field("Zuora-Track-Id", value)) }
        }
        if call.isLimited, call.tenant != nil {
            reply.fields += [
                Field("Concurrency-Limit-Type", "Default"),
                Field("Concurrency-Limit-Limit", String(settings.concurrencyLimit)),
                Field("Concurrency-Limit-Remaining", String(max(0, settings.concurrencyLimit - inFlight))),
            ]
        }
        if reply.fields.first("Server") == nil { reply.fields.append(Field("Server", settings.server)) }
        reply.fields.append(Field("Date", wall(call.now).httpDate))
        guard settings.saw else { return }
        let parts = [("tenant", call.tenant?.name), ("entity", call.entity), ("token", call.token?.fingerprint)]
        let saw = parts.map { name, value in "\(name)=\(value ?? "none")" }.joined(separator: "; ")
        reply.fields.append(Field("X-Sandbox-Saw", saw))
    }

    /// Compresses the body if it is long enough and the caller accepts gzip, or as a fault requests.
    func encode(_ reply: inout SandboxReply, for request: SandboxRequest, damage: GzipDamage?) {
        if let damage { return apply(damage, to: &reply) }
        guard settings.gzip, reply.body.count > settings.gzipThreshold, Self.acceptsGzip(request),
            reply.fields.first("Content-Encoding") == nil, Self.isCompressible(reply.fields.first("Content-Type") ?? "")
        else { return }
        reply.fields.append(Field("Content-Encoding", "gzip"))
        switch reply.body {
        case .bytes(let bytes): reply.body = .bytes(Self.compress(bytes))
        case .synthetic: reply.delivery.compresses = true
        }
    }

    /// The largest content that is damaged, which happens in memory.
    private static let damageLimit = 16 << 20

    private func apply(_ damage: GzipDamage, to reply: inout SandboxReply) {
        reply.fields.removeAll { $0.isNamed("Content-Encoding") }
        let isSmall = reply.body.count <= Self.damageLimit
        switch (damage, reply.body) {
        case (.bomb, _):
            reply.body = .synthetic(SyntheticContent(count: 8 << 30, seed: 0, kind: .zeros))
            reply.delivery.compresses = true
        case (_, .bytes(let plain)): reply.body = .bytes(damage.apply(to: plain, compress: Self.compress))
        case (_, .synthetic(let content)) where isSmall:
            reply.body = .bytes(damage.apply(to: content.bytes(0..<content.count), compress: Self.compress))
        case (.mislabelled, _): break
        case (.unlabelled, _), (.unasked, _): reply.delivery.compresses = true
        default:
            let text = "\(damage.rawValue) works with at most \(Self.damageLimit >> 20) MiB."
            reply.status = 500
            reply.body = .bytes(Array(text.utf8))
            return reply.fields.set("Content-Type", "text/plain")
        }
        if damage.labels { reply.fields.append(Field("Content-Encoding", "gzip")) }
    }

    /// The types that Zuora compresses.
    private static func isCompressible(_ type: String) -> Bool {
        ["application/json", "application/xml", "text/html", "text/csv", "text/plain"].contains { type.hasPrefix($0) }
    }

    /// Whether some Accept-Encoding names gzip, or anything, with a weight that is not 0 (RFC 9110 section 12.5.3).
    private static func acceptsGzip(_ request: SandboxRequest) -> Bool {
        var any = false
        for item in request.fields.all("Accept-Encoding").flatMap({ $0.split(separator: ",") }) {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let coding = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if coding == "gzip" || coding == "x-gzip" { return weight > 0 }
            if coding == "*" { any = weight > 0 }
        }
        return any
    }

    /// One gzip member; empty only if zlib has no memory left.
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        guard let deflater = try? Deflater(), let out = try? deflater.deflateWhole(bytes.span) else { return [] }
        return out
    }
}
