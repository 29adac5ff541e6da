public import Wire

/// The fields of an upstream response that decisions are made from; offsets are into its head.
public struct ResponseFacts: Sendable {
    public var retryAfter: Duration?
    public var rateLimit = RateLimitFields()
    public var coding = ContentCoding.identity
    public var contentLength: Int?
    /// Whether it came as HTTP/1.0.
    public var isHTTP10 = false
    public var noTransform = false
    public var hasContentRange = false
    public var hasDate = false
    public var isCompressible = false
    public var contentType: Range<Int>?
    public var etag: Range<Int>?
    public var vary: Range<Int>?
    public var requestID: Range<Int>?
    public var trackID: Range<Int>?

    /// - Parameters:
    ///   - contentLength: what `Content-Length` announces, or the length that is known otherwise.
    ///   - now: the time of day, to which a date in `Retry-After` is compared.
    public init(_ fields: [FieldLine], _ bytes: Span<UInt8>, contentLength: Int?, now: @autoclosure () -> WallTime) {
        self.contentLength = contentLength
        var encoding = ContentEncoding()
        for field in fields {
            switch field.name {
            case .retryAfter: retryAfter = RetryAfter.parse(bytes.extracting(field.valueRange), now: now())
            case .rateLimitLimit, .rateLimitRemaining, .rateLimitReset, .concurrencyLimitRemaining, .other:
                rateLimit.read(
                    field.name, nameBytes: bytes.extracting(field.nameRange), value: bytes.extracting(field.valueRange))
            case .zuoraRequestId: requestID = field.valueRange
            case .zuoraTrackId: trackID = field.valueRange
            case .contentType:
                contentType = field.valueRange
                isCompressible = BodyFields.isCompressible(contentType: bytes.extracting(field.valueRange))
            case .contentEncoding: encoding.add(bytes.extracting(field.valueRange))
            case .cacheControl:
                noTransform = noTransform || BodyFields.forbidsTransform(cacheControl: bytes.extracting(field.valueRange))
            case .contentRange: hasContentRange = true
            case .date: hasDate = true
            case .etag: etag = field.valueRange
            case .vary: vary = field.valueRange
            default: break
            }
        }
        coding = encoding.coding
    }
}
