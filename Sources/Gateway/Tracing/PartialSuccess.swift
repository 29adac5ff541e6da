import Wire

/// What a collector has not taken of a batch that it responds to with a success: `partialSuccess` of an `ExportTraceServiceResponse`.
/// Source: https://opentelemetry.io/docs/specs/otlp/#partial-success-1.
struct PartialSuccess: Equatable {
    /// Never negative.
    private(set) var rejectedSpans = 0
    /// The collector's reason, as far as it is short.
    private(set) var message = ""

    /// - Parameter content: of the response, in JSON. Anything else says that everything was taken.
    init(_ content: Span<UInt8>) {
        var scanner = JSONScanner(content)
        do throws(JSONError) { try read(&scanner) } catch {}
    }

    var text: String { "\(rejectedSpans) spans rejected\(message.isEmpty ? "" : ": \(message)")" }

    private mutating func read(_ scanner: inout JSONScanner) throws(JSONError) {
        guard case .beginObject = try scanner.next() else { return }
        while case .key(let key) = try scanner.next() {
            guard scanner.matches(key, "partialSuccess") else {
                try scanner.skipValue()
                continue
            }
            guard case .beginObject = try scanner.next() else { return }
            while case .key(let key) = try scanner.next() { try readMember(key, &scanner) }
        }
    }

    private mutating func readMember(_ key: JSONSlice, _ scanner: inout JSONScanner) throws(JSONError) {
        let isCount = scanner.matches(key, "rejectedSpans")
        guard isCount || scanner.matches(key, "errorMessage") else { return try scanner.skipValue() }
        switch try scanner.next() {
        // Protocol Buffers write integers of 64 bits as text.
        case .string(let slice) where isCount: rejectedSpans = max(Int(scanner.text(slice, limit: 20)) ?? 0, 0)
        case .number(let range) where isCount: rejectedSpans = max(scanner.int(range) ?? 0, 0)
        case .string(let slice): message = scanner.text(slice, limit: 200)
        default: return
        }
    }
}
