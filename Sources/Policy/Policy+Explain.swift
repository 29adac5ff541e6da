public import Wire

extension Policy {
    /// Explains what `resolve` and `writeUpstreamHeaders` do with a request, by running them.
    /// - Parameters:
    ///   - scope: the scope of the tenant's token, if known.
    ///   - hasHubKey: whether this gateway has a key for the tenant's hub.
    ///   - timeout: the time that a hub would be given.
    ///   - random: generates the track id of a request without one.
    public func explain(
        _ head: RequestHead, _ bytes: Span<UInt8>, evidence: CallerEvidence = .none, listenerTenant: Int? = nil,
        scope: TokenScope = .unknown, hasHubKey: Bool = false, timeout: Duration = .zero,
        recoding: HeaderPolicy.Recoding = .asSent, acceptsGzip: Bool = true, using random: inout some RandomNumberGenerator
    ) -> Explanation {
        var explanation = Explanation()
        var observer = ExplainingObserver()
        let (trackID, refusal) = TrackID.resolve(head, bytes, using: &random)
        if let refusal {
            explanation.denial = .badTrackID(refusal)
            return explanation
        }
        let isTrackIDCallers = head.fields.contains { $0.name == .zuoraTrackId }
        let trackIDOrigin: FieldOrigin = isTrackIDCallers ? .caller : .trackID
        observer.trackIDOrigin = trackIDOrigin
        explanation.decisions.append(
            .init(subject: .trackID, value: trackID.description, why: trackIDOrigin.rawValue))
        do throws(Denial) {
            let caller = try identify(head, bytes, evidence: evidence, listenerTenant: listenerTenant, observer: &observer)
            let resolution = try authorise(caller, head, bytes, observer: &observer)
            explanation.resolution = resolution
            explanation.decisions += decisions(observer, head, evidence)
            let tenant = tenants[resolution.tenant]
            var block = HeaderBlock()
            if tenant.usesHub {
                for subject in [Explanation.Subject.orgs, .entity] {
                    explanation.decisions.append(.init(subject: subject, value: "as sent", why: "the hub decides"))
                }
                let key = hasHubKey ? Array("key".utf8) : []
                _ = headers.writeForHub(
                    head, bytes, resolution, tenant: tenant, key: key.span, timeout: timeout,
                    trackID: trackID, recoding: recoding, acceptsGzip: acceptsGzip, into: &block, observer: &observer)
                explanation.sent = observer.sent
                explanation.removed = observer.removed
                return explanation
            }
            explanation.decisions.append(orgDecision(resolution))
            let spelling = try tenant.entities.spelling(of: resolution.entity, scope: scope)
            explanation.decisions.append(entityDecision(resolution, spelling, scope))
            _ = headers.write(
                head, bytes, resolution, tenant: tenant, entity: spelling, token: Array("token".utf8).span, trackID: trackID,
                recoding: recoding, acceptsGzip: acceptsGzip, into: &block, observer: &observer)
            explanation.sent = observer.sent
            explanation.removed = observer.removed
        } catch {
            if explanation.resolution == nil { explanation.decisions += decisions(observer, head, evidence) }
            explanation.denial = error
        }
        return explanation
    }

    /// As far as the request was resolved.
    private func decisions(
        _ observer: ExplainingObserver, _ head: RequestHead, _ evidence: CallerEvidence
    ) -> [Explanation.Decision] {
        var decisions: [Explanation.Decision] = []
        switch observer.caller {
        case nil: break
        case .trusted: decisions.append(.init(subject: .caller, value: "trusted", why: "no caller is configured"))
        case .known(let index):
            let hasKey = head.fields.contains { $0.name == .xGatewayKey || $0.name == .authorization }
            let means = hasKey ? "key" : callers.haveName(among: evidence.names) ? "certificate" : "socket peer"
            decisions.append(.init(subject: .caller, value: callers.callers[index].name, why: "identified by its \(means)"))
        }
        if let (index, source) = observer.tenant {
            let why =
                switch source {
                case .header: "named in \(directory.header)"
                case .listener: "fixed by the listener"
                case .gateway: "the gateway's default"
                }
            decisions.append(.init(subject: .tenant, value: tenants[index].name, why: why))
        }
        if let route = observer.route.map({ routes[$0] }) {
            decisions.append(.init(subject: .route, value: route.name, why: "\(route.method.token) \(route.path)"))
        }
        return decisions
    }

    private func orgDecision(_ resolution: Resolution) -> Explanation.Decision {
        let orgs = tenants[resolution.tenant].orgs.orgs
        return switch resolution.orgs {
        case .none: .init(subject: .orgs, value: "none", why: "the tenant has none")
        case .all:
            .init(subject: .orgs, value: orgs.joined(separator: ","), why: "all of the tenant's orgs: the caller named none")
        case .some(let chosen):
            .init(subject: .orgs, value: chosen.map { orgs[$0] }.joined(separator: ","), why: "the caller's choice")
        }
    }

    private func entityDecision(
        _ resolution: Resolution, _ spelling: InlineText?, _ scope: TokenScope
    ) -> Explanation.Decision {
        guard let index = resolution.entity.index else {
            return .init(subject: .entity, value: "none", why: "none was named, and the tenant has no default")
        }
        let source = resolution.entity.isCallers ? "named by the caller" : "the tenant's default"
        let spelled =
            spelling == nil
            ? "not sent: the token covers only this entity"
            : scope.entities.isEmpty ? "spelled as configured: the token's scope is unknown" : "spelled as in the token's scope"
        return .init(
            subject: .entity, value: tenants[resolution.tenant].entities.entities[index].name, why: "\(source); \(spelled)")
    }
}
