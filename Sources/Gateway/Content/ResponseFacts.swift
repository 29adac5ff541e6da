import Network
import Policy
import Wire

/// The fields of an upstream response that decisions are made from; offsets are into its head.
struct ResponseFacts {
    var retryAfter: Duration?
    var rateLimit = RateLimitFields()
    var coding = ContentCoding.identity
    var contentLength: Int?
    var noTransform = false
    var hasContentRange = false
    var hasDate = false
    var isCompressible = false
    var contentType: Range<Int>?
    var etag: Range<Int>?
    var vary: Range<Int>?
    var requestID: Range<Int>?
    var trackID: Range<Int>?

    init(_ exchange: UpstreamExchange) {
        let head = exchange.responseHead
        self = exchange.withHead { ResponseFacts(head.fields, $0, contentLength: head.contentLength) }
    }

    init(_ fields: [FieldLine], _ bytes: Span<UInt8>, contentLength: Int?) {
        self.contentLength = contentLength
        var encoding = ContentEncoding()
        for field in fields {
            switch field.name {
            case .retryAfter: retryAfter = RetryAfter.parse(bytes.extracting(field.valueRange), now: .now())
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
