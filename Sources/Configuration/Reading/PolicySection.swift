import Policy

extension Schema {
    static let policyKeys: [Field<TenantDraft>] = [
        Field(
            "gzip", \.settings.gzip, gzip, "When bodies are compressed or inflated.",
            example: #"{ request = "auto", response = "auto" }"#),
        Field(
            "concurrency", \.settings.admission.concurrency, .integer(1...10_000),
            "Calls in flight to this tenant. Zuora's own cap is 40, per entity.", example: "20"),
        Field(
            "entity_concurrency", \.settings.admission.entityConcurrency, .integer(1...10_000),
            "Calls in flight to one of its entities. Absent: only `concurrency` bounds it.", example: "10"),
        Field(
            "queue", \.settings.admission.queue, .integer(0...100_000),
            "Requests that may wait for a slot; further ones get a 429 at once.",
            example: "1000"),
        Field(
            "queue_timeout", \.settings.admission.queueTimeout, .duration(.zero ... .seconds(600)),
            "How long one may wait for a slot.",
            example: #""10s""#),
        Field(
            "rate", \.settings.admission.rate, .number(0.01...100_000),
            "Requests a second that may start. Absent: no limit of the gateway's own.", example: "15"),
        Field(
            "burst", \.settings.admission.burst, .integer(1...100_000),
            "How many may start at once after a quiet time; with `rate`.",
            example: "20"),
        Field(
            "retry", \.settings.retry, retry, "How often a failed call is tried again.",
            example: #"{ attempts = 3, budget = "10%" }"#),
        Field(
            "breaker", form: "table, see below, or false", "When the upstream is given a rest; `false` turns it off.",
            example: #"{ failures = "50%", open = "5s" }"#
        ) { node, tenant, reading in
            switch node.value {
            case .boolean(false): tenant.settings.breaker = nil
            case .table(let table):
                var settings = BreakerSettings()
                breaker.read(table, into: &settings, &reading)
                tenant.settings.breaker = settings
            default: reading.expected("a table or false", node)
            }
        },
        Field(
            "outcome_status", \.settings.outcomeStatus, .choice(),
            "Whether an answer to a cancel keeps Zuora's status or has the one that says what happened; see below.",
            example: #""strict""#),
        Field(
            "coalesce", \.settings.coalesce, .boolean,
            "Whether identical cancels in flight at the same time share one upstream call, with the first caller's track id.",
            example: "true"),
    ]

    static let gzip = Section<GzipSettings>(
        "[tenants.NAME.gzip]",
        """
        `auto`: a plain request body above 1 KiB is compressed for Zuora, if its route has bodies; Zuora's gzip goes to callers \
        that accept it and is inflated for those that do not. `always`: a large plain answer is compressed, too, for callers \
        that accept gzip. `never`: only plain bodies are passed on, and what comes compressed is inflated.
        """,
        [
            Field("request", \.request, .choice(), "Bodies on their way to Zuora.", example: #""auto""#),
            Field("response", \.response, .choice(), "Bodies on their way to callers.", example: #""auto""#),
        ])

    static let retry = Section<RetrySettings>(
        "[tenants.NAME.retry]", "Only what does no harm when repeated is repeated, and never beyond `timeout`.",
        [
            Field("attempts", \.attempts, .integer(1...20), "Attempts in all; 1 turns retries off.", example: "4"),
            Field(
                "budget", \.budget, .percentage(from: 0), "Retries as a share of requests; a burst of 10 is always allowed.",
                example: #""20%""#),
            Field(
                "base", \.base, .duration(.milliseconds(1) ... .seconds(60)),
                "Back-off is random between 0 and `base` doubled each time.",
                example: #""1s""#),
            Field(
                "cap", \.cap, .duration(.milliseconds(1) ... .seconds(600)), "The longest that it grows to; at least `base`.",
                example: #""60s""#),
            Field(
                "max_wait", \.maxWait, .duration(.zero ... .seconds(3600)),
                "The longest wait that the upstream may ask for by `Retry-After`. Beyond it, its response is relayed at once.",
                example: #""10s""#),
        ])

    static let breaker = Section<BreakerSettings>(
        "[tenants.NAME.breaker]",
        """
        Failures are connections that cannot be made, time-outs of the gateway's own and answers with 502, 503 or 504. While \
        it is open, requests get a 503 at once; then one passes as a probe, and its result closes or opens it again.
        """,
        [
            Field("failures", \.failures, .percentage(from: 1), "The share of failures that opens it.", example: #""50%""#),
            Field(
                "minimum", \.minimum, .integer(1...100_000), "Results in `window` below which it never opens.", example: "10"),
            Field(
                "window", \.window, .duration(.seconds(1) ... .seconds(600)), "The time over which the share is taken.",
                example: #""10s""#),
            Field(
                "open", \.openTime, .duration(.milliseconds(10) ... .seconds(600)),
                "How long it stays open the first time; twice as long with each opening in a row.", example: #""5s""#),
            Field(
                "max_open", \.longestOpenTime, .duration(.milliseconds(10) ... .seconds(3600)),
                "The longest that it stays open; at least `open`.", example: #""60s""#),
        ])
}
