/// The format of `/metrics`.
public enum MetricsFormat: Sendable {
    /// Prometheus' text format 0.0.4.
    case prometheus
    /// OpenMetrics 1.0.0, with exemplars.
    case openMetrics

    /// - Parameter accept: the values of `Accept`, joined; OpenMetrics must be named in it, and not be less welcome than plain text.
    init(accept: String) {
        var quality: [String: Double] = [:]
        for range in accept.lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { String($0.filter { !$0.isWhitespace }) }
            guard let type = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            quality[type] = max(quality[type] ?? 0, weight)
        }
        let open = quality["application/openmetrics-text"] ?? 0
        self = open > 0 && open >= quality["text/plain"] ?? 0 ? .openMetrics : .prometheus
    }

    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}
