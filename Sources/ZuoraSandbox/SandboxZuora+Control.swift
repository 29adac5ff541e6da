import Wire

extension SandboxZuora {
    /// Control calls to the sandbox, under `/_sandbox`. They are not subject to faults and not recorded in the book.
    mutating func control(_ request: SandboxRequest, now: Instant) -> SandboxReply {
        let parts = request.segments.dropFirst().map(String.init)
        do throws(ControlError) {
            switch (request.method, parts.first ?? "") {
            case ("GET", ""): return .json(200, Self.index)
            case ("GET", "settings"): return .json(200, settings.json)
            case ("POST", "settings"): return try changeSettings(request)
            case ("GET", "book"): return showBook(request, now: now)
            case ("GET", "jobs"): return listJobs(request, now: now)
            case ("POST", "jobs"): return try createJob(request, now: now)
            case ("GET", "faults"): return listFaults()
            case ("POST", "faults"): return try addFault(request)
            case ("DELETE", "faults"):
                faults.removeAll(named: parts.count > 1 ? parts[1] : nil)
                return listFaults()
            case ("GET", "clients"): return listClients()
            case ("POST", "clients"): return try setClient(request)
            case ("POST", "tenants"): return try setTenant(request)
            case ("GET", "tokens"): return listTokens(now: now, reveal: request.queryValue("reveal") == "true")
            case ("POST", "revoke"): return try revoke(request)
            case ("POST", "clock"): return try turnClock(request)
            case ("GET", "status"): return showStatus(now: now)
            case ("POST", "reset"): return try reset(request)
            case ("GET", "datafile") where parts.count == 2:
                return SandboxReply(
                    status: 200, fields: [Field("Content-Type", "text/csv")],
                    body: .synthetic(SyntheticContent(count: 1024, seed: fingerprint(parts[1].utf8))))
            default: throw ControlError("no such control call; GET /_sandbox lists them")
            }
        } catch {
            return .json(400, ["error": .string(error.message)])
        }
    }

    private static var index: JSONValue {
        [
            "Zuora sandbox": "see docs/sandbox.md",
            "calls": .array(
                [
                    "GET /_sandbox/book", "GET /_sandbox/status", "GET|POST /_sandbox/jobs", "GET|POST|DELETE /_sandbox/faults",
                    "GET|POST /_sandbox/settings", "GET|POST /_sandbox/clients", "POST /_sandbox/tenants",
                    "GET /_sandbox/tokens", "POST /_sandbox/revoke", "POST /_sandbox/clock", "POST /_sandbox/reset",
                ].map(JSONValue.string)),
        ]
    }

    private mutating func changeSettings(_ request: SandboxRequest) throws(ControlError) -> SandboxReply {
        guard let body = request.plainBody, let json = try? JSONValue(parsing: body) else {
            throw ControlError("the body is not JSON")
        }
        try settings.apply(json)
        return .json(200, settings.json)
    }

    private mutating func showBook(_ request: SandboxRequest, now: Instant) -> SandboxReply {
        observeAllJobs(now: now)
        var filter = SandboxBook.Filter()
        filter.since = request.queryValue("since").flatMap { Int($0) } ?? 0
        filter.tenant = request.queryValue("tenant")
        filter.id = request.queryValue("id")
        filter.track = request.queryValue("track")
        if let limit = request.queryValue("limit").flatMap({ Int($0) }), limit >= 0 { filter.limit = limit }
        return .json(200, book.json(filter))
    }

    private func listFaults() -> SandboxReply {
        let entries = faults.entries.map { $0.rule.json(seen: $0.seen.values.reduce(0, +), struck: $0.struck) }
        return .json(200, ["faults": .array(entries)])
    }

    private mutating func addFault(_ request: SandboxRequest) throws(ControlError) -> SandboxReply {
        var fields = try ControlFields(request)
        let names = Set(faults.entries.map(\.rule.name))
        var number = 1
        while names.contains("rule-\(number)") { number += 1 }
        let rule = try FaultRule(&fields, number: number)
        faults.removeAll(named: rule.name)
        faults.add(rule)
        return .json(201, rule.json(seen: 0, struck: 0))
    }

    /// Moves the clock forward, so that tests need not wait for a token or a job.
    private mutating func turnClock(_ request: SandboxRequest) throws(ControlError) -> SandboxReply {
        var fields = try ControlFields(request)
        let advance: Duration = try fields.require("advance")
        try fields.finish()
        skew += advance
        return .json(200, ["ahead": .string(skew.unitText)])
    }

    private func showStatus(now: Instant) -> SandboxReply {
        func counts(_ values: [String: Int]) -> JSONValue {
            .object(values.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, .int($0.value)) })
        }
        return .json(
            200,
            [
                "calls": .int(calls), "uptime": .string((now - origin).unitText), "ahead": .string(skew.unitText),
                "in_flight": counts(inFlight.counts), "peak_in_flight": counts(inFlight.peaks),
                "in_flight_v1": counts(limitedInFlight.counts), "peak_in_flight_v1": counts(limitedInFlight.peaks),
                "live_tokens": .int(tokens.values.count { $0.expires > now }),
            ])
    }

    /// Clears jobs, tokens, faults, counters and the book, and resets clock and settings; with `only`, just what it lists.
    private mutating func reset(_ request: SandboxRequest) throws(ControlError) -> SandboxReply {
        var fields = try ControlFields(request)
        let all = ["book", "jobs", "tokens", "faults", "limits", "peaks", "settings", "clock"]
        let only = try fields.takeStrings("only") ?? all
        try fields.finish()
        for part in only {
            switch part {
            case "book": book = SandboxBook()
            case "jobs": (aqua, dataQueries, submissions) = (AquaJobs(), DataQueryJobs(), [:])
            case "tokens": tokens = [:]
            case "faults": faults = FaultRules()
            case "limits": (quotas, peerTokenCalls, tenantTokenCalls) = ([:], [:], [:])
            case "peaks":
                inFlight.resetPeaks()
                limitedInFlight.resetPeaks()
            case "settings": settings = SandboxSettings()
            case "clock": skew = .zero
            default: throw ControlError("unknown part \"\(part)\"; expected: \(all.joined(separator: ", "))")
            }
        }
        return .json(200, ["reset": .array(only.map(JSONValue.string))])
    }
}
