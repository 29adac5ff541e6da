public import Configuration
import Network
import Policy
import Wire

extension Configuration {
    /// Explains how this configuration would handle a request, using the code that serves requests.
    /// - Parameters:
    ///   - request: its listener must exist, else it counts as one without a tenant.
    ///   - random: generates the track id of a request without one.
    public func explain(
        _ request: ImaginedRequest, using random: inout some RandomNumberGenerator
    ) -> RequestReport {
        var request = request
        let policy = Policy(self, callers: callers(asking: &request, using: &random))
        let bytes = request.head
        var parser = RequestHeadParser(limits: HeadLimits(head: limits.head, target: limits.target, fields: limits.fields))
        switch parser.parse(bytes.span) {
        case .complete: return explain(request, parser.head, bytes.span, policy, using: &random)
        case .refused(let refusal): return RequestReport(.refused(Problem(refusal)))
        // A line end inside a field makes it invalid.
        case .incomplete: return RequestReport(.refused(.inexpressible))
        }
    }

    /// The callers, with an additional key for the caller that the request is from, which the request then carries: so that
    /// the caller's keys need not be known, and no check is skipped.
    private func callers(asking request: inout ImaginedRequest, using random: inout some RandomNumberGenerator)
        -> [CallerSettings]
    {
        var callers = callers
        guard let caller = request.caller, callers.indices.contains(caller), let key = GatewayKey.generate(using: &random) else {
            return callers
        }
        callers[caller].keyHashes.append(key.sha256.bytes)
        request.fields.append("X-Gateway-Key: \(key.text)")
        return callers
    }

    private func explain(
        _ request: ImaginedRequest, _ head: RequestHead, _ bytes: Span<UInt8>, _ policy: Policy,
        using random: inout some RandomNumberGenerator
    ) -> RequestReport {
        if let path = gateway.healthPath, path == bytes.string(head.pathRange) {
            return RequestReport(.handledLocally(.healthCheck))
        }
        if let report = explainAccept(request, head, bytes, using: &random) { return report }
        var listenerTenant: Int?
        if gateway.listen.indices.contains(request.listener) {
            listenerTenant = gateway.listen[request.listener].tenant.flatMap(policy.directory.index(of:))
        }
        var explanation = policy.explain(
            head, bytes, evidence: request.evidence, listenerTenant: listenerTenant, scope: request.scope, using: &random)
        if request.caller != nil { explanation.assumeCaller() }
        guard let resolution = explanation.resolution else {
            return report(explanation, .refused(explanation.denial.map { Problem($0) } ?? .inexpressible))
        }
        let tenant = tenants[resolution.tenant]
        let coding = BodyCoding(head, bytes, tenant)
        let requested = (try? RequestTimeout.requested(head, bytes)) ?? nil
        if coding.changesHeaders || tenant.usesHub {
            explanation = policy.explain(
                head, bytes, evidence: request.evidence, listenerTenant: listenerTenant, scope: request.scope,
                hasHubKey: tenant.credential.source != nil,
                timeout: min(tenant.upstream.timeout, requested ?? tenant.upstream.timeout),
                recoding: coding.recoding, acceptsGzip: coding.asksForGzip, using: &random)
            if request.caller != nil { explanation.assumeCaller() }
        }
        addTrace(to: &explanation, head, bytes, using: &random)
        for line in coding.framing { explanation.add(line.name, line.value) }
        var report = report(explanation, verdict(explanation, head, bytes, tenant, coding))
        let route = policy.routes[resolution.route]
        report.limits = RequestLimits(
            timeout: min(tenant.upstream.timeout, requested ?? tenant.upstream.timeout),
            isTimeoutCallers: requested.map { $0 < tenant.upstream.timeout } ?? false, isIdempotent: route.isIdempotent,
            kind: route.kind, tenant: tenant, body: limits.body, lane: lane(of: resolution, policy, tenant),
            fleetRate: fleet?.share.contains(.rates) == true ? tenant.admission.fleetRate : nil)
        if report.isRefused { (report.sent, report.removed) = ([], []) }
        return report
    }

    private func addTrace(
        to explanation: inout Explanation, _ head: RequestHead, _ bytes: Span<UInt8>,
        using random: inout some RandomNumberGenerator
    ) {
        let trace = RequestTrace(head, bytes, using: &random)
        let server = gateway.tracing.flatMap { TraceSampler(ratio: $0.ratio).server(of: trace, using: &random) }
        switch (trace.origin, server) {
        case (.caller, nil): break
        case (.caller, let server?): explanation.continueTrace(server.child(using: &random).description)
        case (_, let server): explanation.beginTrace((server?.child(using: &random) ?? trace.context).description)
        }
    }

    private func lane(of resolution: Resolution, _ policy: Policy, _ tenant: TenantSettings) -> RequestLimits.Lane? {
        guard let fleet, fleet.share.contains(.slots), let cap = tenant.admission.fleetConcurrency else { return nil }
        let entities = policy.tenants[resolution.tenant].entities.entities
        return RequestLimits.Lane(tenant: tenant.name, entity: resolution.entity.index.map { entities[$0].name }, cap: cap)
    }

    private func report(_ explanation: Explanation, _ verdict: RequestReport.Verdict) -> RequestReport {
        var report = RequestReport(verdict)
        report.decisions = explanation.decisions
        report.sent = explanation.sent
        report.removed = explanation.removed
        return report
    }

    /// The phases after those of the policy, in order.
    private func verdict(
        _ explanation: Explanation, _ head: RequestHead, _ bytes: Span<UInt8>, _ tenant: TenantSettings, _ coding: BodyCoding
    ) -> RequestReport.Verdict {
        do throws(Refusal) {
            _ = try RequestTimeout.requested(head, bytes)
        } catch {
            return .refused(Problem(timeout: error))
        }
        guard coding.isServable else { return .refused(.notAcceptable) }
        if case .length(let length) = head.framing, length > limits.body { return .refused(Problem(body: .bodyTooLong)) }
        if let denial = explanation.denial { return .refused(Problem(denial)) }
        guard let target = try? UpstreamTarget(tenant.upstream) else { return .refused(.inexpressible) }
        let path = head.pathRange.lowerBound..<(head.queryRange?.upperBound ?? head.pathRange.upperBound)
        return .forwarded(
            RequestReport.Upstream(
                method: bytes.string(head.methodRange), url: target.settings.url + bytes.string(path), host: target.authority))
    }

    /// What accept refuses, and the calls that end there. A refused track id is left to the policy's explanation.
    private func explainAccept(
        _ request: ImaginedRequest, _ head: RequestHead, _ bytes: Span<UInt8>, using random: inout some RandomNumberGenerator
    ) -> RequestReport? {
        let (_, refusal) = TrackID.resolve(head, bytes, using: &random)
        guard refusal == nil else { return nil }
        if let refusal = head.contentRefusal { return RequestReport(.refused(Problem(refusal))) }
        do throws(Denial) {
            if pageGuards.indices.contains(request.listener) { try pageGuards[request.listener].check(head, bytes) }
        } catch {
            return RequestReport(.refused(Problem(error)))
        }
        guard LocalTokenRequest.isAddressed(by: bytes.extracting(head.pathRange)) else { return nil }
        return RequestReport(head.method == .post ? .handledLocally(.tokenEndpoint) : .refused(Problem(.tokenMethod)))
    }
}

extension Refusal {
    fileprivate static let bodyTooLong = Refusal(413, "The request body exceeds the gateway's limit.")
}

extension RequestTrace {
    fileprivate init(_ head: RequestHead, _ bytes: Span<UInt8>, using random: inout some RandomNumberGenerator) {
        var reader = Reader()
        for field in head.fields where field.name == .traceparent { reader.add(bytes.extracting(field.valueRange)) }
        self = reader.trace(using: &random)
    }
}

extension Span<UInt8> {
    fileprivate func string(_ range: Range<Int>) -> String { String(decoding: range.map { self[$0] }, as: UTF8.self) }
}
