import Policy

extension Schema {
    static let limits = Section<LimitSettings>(
        "[limits]", "What a caller may send and hold.",
        [
            Field("head", \.head, .size(1024...1 << 20), "A request head; more is a 431.", example: #""32KiB""#),
            Field(
                "target", \.target, .size(256...64 << 10), "A request target; more is a 414. At most `head`.", example: #""8KiB""#
            ),
            Field("fields", \.fields, .integer(16...1000), "Header fields of a request; more is a 431.", example: "100"),
            Field("body", \.body, .size(0...1 << 30), "A request body; more is a 413.", example: #""16MiB""#),
            Field(
                "head_timeout", \.headTimeout, .duration(.milliseconds(100) ... .seconds(300)),
                "From the first byte of a head, or from a new connection, to the head's last byte.", example: #""10s""#),
            Field(
                "idle_timeout", \.idleTimeout, .duration(.seconds(1) ... .seconds(3600)),
                "How long a connection may stand idle between requests.", example: #""75s""#),
            Field(
                "body_rate", \.bodyRate, .size(0...1 << 30),
                "What a request body must average a second; less is a 408. `\"0B\"` turns it off.", example: #""1KiB""#),
            Field(
                "write_stall_timeout", \.writeStallTimeout, .duration(.seconds(1) ... .seconds(3600)),
                "How long a caller may take no byte of an answer before its connection is cut.", example: #""30s""#),
            Field("connections", \.connections, .integer(1...1_000_000), "Connections of callers at one time.", example: "10000"),
            Field(
                "requests", \.requests, .integer(1...1_000_000),
                "Requests under way or waiting, of all tenants; further ones get a 503. Here and below, cancels do so a tenth later, and so "
                    + "do requests of a tenant that holds less than its share: half of this, divided evenly.", example: "10000"),
            Field(
                "memory", \.memory, .size(1 << 20...1 << 40),
                "Bodies held at one time, of all requests; above, new requests get a 503.", example: #""256MiB""#),
            Field(
                "loop_delay", \.loopDelay, .duration(.milliseconds(10) ... .seconds(60)),
                "How late an event loop may be before new requests get a 503.", example: #""2s""#),
        ])
}
