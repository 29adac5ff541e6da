/// Where traces are exported to, over OTLP/HTTP in JSON.
public struct TracingSettings: Hashable, Sendable {
    /// The full URL, with a path.
    public var endpoint = ""
    /// The share of traces without a caller's `traceparent` that are sampled, 0 to 1. Callers decide about theirs.
    public var ratio = 0.0
    /// A file of header fields, `Name: value` on each line: credentials of the collector.
    public var headersFile: String?
    /// PEM file of certificate authorities instead of the system's.
    public var caFile: String?

    public init() {}

    /// Scheme, host and port.
    public var origin: String { Endpoint(url: endpoint).origin }

    public var path: String { Endpoint(url: endpoint).path }
}
