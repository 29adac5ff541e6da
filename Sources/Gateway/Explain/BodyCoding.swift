import Policy
import Wire

/// How a request's body and its answer would be coded, as far as the head decides it.
struct BodyCoding {
    let recoding: HeaderPolicy.Recoding
    let asksForGzip: Bool
    let isServable: Bool

    init(_ head: RequestHead, _ bytes: Span<UInt8>, _ tenant: TenantSettings) {
        var accept = AcceptEncoding()
        for field in head.fields where field.name == .acceptEncoding { accept.add(bytes.extracting(field.valueRange)) }
        let mode = GzipMode(tenant.gzip.response)
        isServable = ResponseCoding.isServable(accept, mode: mode)
        asksForGzip = ResponseCoding.asksForGzip(
            accept, mode: mode, hasRange: head.fields.contains { $0.name == .range }, noTransform: false)
        recoding = Self.recoding(head, bytes, GzipMode(tenant.gzip.request))
    }

    /// Whether the policy's first guess at the headers, for content as it came and an answer in gzip, does not hold.
    var changesHeaders: Bool { recoding != .asSent || !asksForGzip }

    /// Content whose length the head does not tell is taken for content that stays as it is.
    private static func recoding(_ head: RequestHead, _ bytes: Span<UInt8>, _ mode: GzipMode) -> HeaderPolicy.Recoding {
        guard case .length(let length) = head.framing, length > 0 else { return .asSent }
        switch RequestCoding.decide(RequestCoding.Facts(head, bytes, contentLength: length), mode: mode).body {
        case .asIs: return .asSent
        case .deflate: return .gzip
        case .inflate: return .decoded
        }
    }
}
