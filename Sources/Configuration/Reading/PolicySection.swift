import Policy

extension Schema {
    static let policyKeys: [Field<TenantDraft>] = [
        Field(
            "gzip", \.settings.gzip, gzip, "When bodies are compressed or decompressed.",
            example: #"{ request = "auto", response = "auto" }"#),
        Field(
            "concurrency", \.settings.admission.concurrency, .integer(1...10_000),
            "Calls in flight for this tenant. Zuora's limit is 40 per entity.", example: "20"),
        Field(
            "entity_concurrency", \.settings.admission.entityConcurrency, .integer(1...10_000),
            "Calls in flight for one of its entities. Absent: limited by `concurrency` only.", example: "10"),
        Field(
            "fleet_concurrency", \.settings.admission.fleetConcurrency, .integer(1...10_000),
            "Calls in flight for one of its entities, of all members of the `[fleet]` together. Must be the same for all members. "
                + "Absent: not shared.", example: "36"),
        Field(
            "queue", \.settings.admission.queue, .integer(0...100_000),
            "Requests that may wait for a slot; further ones get a 429 at once.",
            example: "1000"),
        Field(
            "queue_timeout", \.settings.admission.queueTimeout, .duration(.zero ... .seconds(600)),
            "How long a request may wait for a slot.",
            example: #""10s""#),
        Field(
            "rate", \.settings.admission.rate, .number(0.01...100_000),
            "Requests that may start per second. Absent: no limit.", example: "15"),
        Field(
            "burst", \.settings.admission.burst, .integer(1...100_000),
            "How many requests may start at once after an idle period; with `rate`.",
            example: "20"),
        Field(
            "fleet_rate", \.settings.admission.fleetRate, .number(0.01...100_000),
            "Requests that all members of the `[fleet]` together may start per second. Must be the same for all members. Absent: no "
                + "limit.",
            example: "600"),
        Field(
            "retry", \.settings.retry, retry, "How often a failed call is retried.",
            example: #"{ attempts = 3, budget = "10%" }"#),
        Field(
            "breaker", form: "table, see below, or false", "When calls to a failing upstream are suspended; `false` disables it.",
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
            "Whether the response to a cancel keeps Zuora's status or gets one that states the outcome; see below.",
            example: #""strict""#),
        Field(
            "coalesce", \.settings.coalesce, .boolean,
            """
            Whether identical cancels in flight at the same time share one upstream call, with the first caller's track id. Those \
            with content, `If-…` or `Range` do not.
            """,
            example: "true"),
    ]

    static let gzip = Section<GzipSettings>(
        "[tenants.NAME.gzip]",
        """
        `auto`: an uncompressed body of a POST, PUT or PATCH above 1 KiB is compressed for Zuora; Zuora's gzip is relayed to callers \
        that accept it and decompressed for others. `always`: request bodies of other methods and large uncompressed responses, \
        for callers that accept gzip, are compressed as well. `never`: only uncompressed bodies are passed on; compressed ones are \
        decompressed. Bodies are only compressed if their `Content-Type` is text (but no event stream), JSON, NDJSON, XML or a \
        form. Content with `Content-Range` or `Cache-Control: no-transform` is not transformed, except that gzip which only the \
        gateway requested is still decompressed with the latter.
        """,
        [
            Field("request", \.request, .choice(), "Request bodies, to Zuora.", example: #""auto""#),
            Field("response", \.response, .choice(), "Response bodies, to callers.", example: #""auto""#),
        ])

    static let retry = Section<RetrySettings>(
        "[tenants.NAME.retry]", "Only requests that are safe to repeat are retried, and never beyond `timeout`.",
        [
            Field("attempts", \.attempts, .integer(1...20), "Total attempts; 1 disables retries.", example: "4"),
            Field(
                "budget", \.budget, .percentage(from: 0), "Retries as a share of requests; a burst of 10 is always allowed.",
                example: #""20%""#),
            Field(
                "base", \.base, .duration(.milliseconds(1) ... .seconds(60)),
                "The back-off is random, between 0 and `base`, which doubles with each attempt.",
                example: #""1s""#),
            Field(
                "cap", \.cap, .duration(.milliseconds(1) ... .seconds(600)), "The maximum back-off; at least `base`.",
                example: #""60s""#),
            Field(
                "max_wait", \.maxWait, .duration(.zero ... .seconds(3600)),
                "The longest `Retry-After` that is honoured. A response with a longer one is relayed at once.",
                example: #""10s""#),
        ])

    static let breaker = Section<BreakerSettings>(
        "[tenants.NAME.breaker]",
        """
        Failures are connections that cannot be established, the gateway's time-outs and responses with 502, 503 or 504; not a \
        time-out that the caller has shortened. While the breaker is open, requests get a 503 at once; then one passes as a \
        probe, whose result closes or reopens it.
        """,
        [
            Field(
                "failures", \.failures, .percentage(from: 1), "The share of failures that opens the breaker.", example: #""50%""#),
            Field(
                "minimum", \.minimum, .integer(1...100_000), "The number of results in `window` below which it never opens.",
                example: "10"),
            Field(
                "window", \.window, .duration(.seconds(1) ... .seconds(600)), "The period over which the share is computed.",
                example: #""10s""#),
            Field(
                "open", \.openTime, .duration(.milliseconds(10) ... .seconds(600)),
                "How long it stays open the first time; doubled with each consecutive opening.", example: #""5s""#),
            Field(
                "max_open", \.longestOpenTime, .duration(.milliseconds(10) ... .seconds(3600)),
                "The longest that it stays open; at least `open`.", example: #""60s""#),
        ])
}
