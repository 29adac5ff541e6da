import Wire

/// Writes Prometheus' text format, version 0.0.4, or OpenMetrics, version 1.0.0.
/// Sources: https://prometheus.io/docs/instrumenting/exposition_formats/, https://prometheus.io/docs/specs/om/open_metrics_spec/.
struct PrometheusWriter {
    enum Kind: String { case counter, gauge, histogram }

    /// A label and its value, which is escaped.
    typealias Pair = (name: StaticString, value: String)

    private(set) var bytes: [UInt8] = []
    private let format: MetricsFormat
    /// Name and heading of the current family.
    private var family = ""
    private var heading = ""
    private var gauges: Set<String> = []

    init(_ format: MetricsFormat = .prometheus) { self.format = format }

    /// Begins a family. Its heading is written with its first sample, so that a family without samples is omitted.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        family = "zuora_gateway_" + name
        begin(kind, help)
    }

    /// As `family`, for a name without the gateway's prefix.
    mutating func foreignFamily(_ name: String, _ kind: Kind, _ help: String) {
        family = name
        begin(kind, help)
    }

    private mutating func begin(_ kind: Kind, _ help: String) {
        // In OpenMetrics `_total` belongs to a counter's sample, not to its name.
        var (name, type) = (family, kind.rawValue)
        if format == .openMetrics, kind == .counter, family.hasSuffix("_total") {
            name = String(family.dropLast(6))
            // The name of a gauge already, which Prometheus' format allows.
            if gauges.contains(name) { (name, type) = (family, "unknown") }
        }
        if kind == .gauge { gauges.insert(name) }
        heading = "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    /// Ends the text.
    mutating func end() {
        if format == .openMetrics { bytes.append("# EOF\n") }
    }

    mutating func sample(_ value: UInt64, _ labels: [Pair] = []) { line("", labels, nil) { $0.append(decimal: value) } }

    mutating func sample(_ value: Int, _ labels: [Pair] = []) { sample(UInt64(clamping: value), labels) }

    /// - Parameter value: must be finite.
    mutating func sample(_ value: Double, _ labels: [Pair] = []) {
        line("", labels, nil) { $0.append(contentsOf: value.description.utf8) }
    }

    /// A histogram of seconds.
    /// - Parameter exemplars: by bucket, or empty.
    mutating func sample(_ histogram: LatencyHistogram, _ labels: [Pair], exemplars: [Exemplar?] = []) {
        var total: UInt64 = 0
        for i in 0..<LatencyHistogram.buckets {
            total += histogram.counts[i]
            let exemplar = format == .openMetrics && exemplars.indices.contains(i) ? exemplars[i] : nil
            line("_bucket", labels, LatencyHistogram.boundText(i)) { out in
                out.append(decimal: total)
                if let exemplar { out.append(exemplar) }
            }
        }
        line("_sum", labels, nil) { $0.append(contentsOf: (Double(histogram.sum) / 1e9).description.utf8) }
        line("_count", labels, nil) { $0.append(decimal: total) }
    }

    private mutating func line(
        _ suffix: StaticString, _ labels: [Pair], _ bound: StaticString?, _ value: (inout [UInt8]) -> Void
    ) {
        if !heading.isEmpty {
            bytes.append(contentsOf: heading.utf8)
            heading = ""
        }
        bytes.append(contentsOf: family.utf8)
        bytes.append(suffix)
        var separator = UInt8(ascii: "{")
        for label in labels {
            bytes.append(separator)
            separator = UInt8(ascii: ",")
            bytes.append(label.name)
            bytes.append("=\"")
            bytes.append(escaped: label.value)
            bytes.append(UInt8(ascii: "\""))
        }
        if let bound {
            bytes.append(separator)
            separator = UInt8(ascii: ",")
            bytes.append("le=\"")
            bytes.append(bound)
            if format == .openMetrics, !"\(bound)".contains(where: { $0 == "." || $0 == "+" }) { bytes.append(".0") }
            bytes.append(UInt8(ascii: "\""))
        }
        if separator == UInt8(ascii: ",") { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: " "))
        value(&bytes)
        bytes.append(UInt8(ascii: "\n"))
    }
}

extension LatencyHistogram {
    /// A bucket's upper bound in seconds, as a label's value.
    static func boundText(_ bucket: Int) -> StaticString {
        boundTexts.indices.contains(bucket) ? boundTexts[bucket] : "+Inf"
    }

    private static let boundTexts: [StaticString] = [
        "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60",
        "120",
    ]
}

extension [UInt8] {
    fileprivate mutating func append(_ text: StaticString) {
        // Static text lives as long as the program.
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// `# {trace_id="…"} 0.134 1771579800.125`
    fileprivate mutating func append(_ exemplar: Exemplar) {
        append(" # {trace_id=\"")
        exemplar.trace.appendTraceID(to: &self)
        append("\"} ")
        append(contentsOf: "\(Double(exemplar.nanoseconds) / 1e9) \(Double(exemplar.time.nanoseconds) / 1e9)".utf8)
    }

    fileprivate mutating func append(decimal value: UInt64) { append(contentsOf: value.description.utf8) }

    /// A label's value: backslash, quotation mark and line feed are escaped.
    fileprivate mutating func append(escaped text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\n"): append("\\n")
            default: append(byte)
            }
        }
    }
}
