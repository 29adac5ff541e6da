/// Decides what becomes of a response's body.
public enum ResponseCoding {
    /// A plain body shorter than this is not encoded; it is also where Zuora draws the line.
    public static let minimumLength = 1000

    /// What is known when the upstream's head has come.
    public struct Facts: Hashable, Sendable {
        /// The request was a HEAD: there is no body, but the fields must be those of a GET (RFC 9110 section 9.3.2).
        public var isHead = false
        public var status: Int
        /// From `ContentEncoding`.
        public var coding = ContentCoding.identity
        /// Content-Length; nil if the body has none.
        public var contentLength: Int?
        /// From `BodyFields.isCompressible(contentType:)`.
        public var isCompressible = false
        /// From `BodyFields.forbidsTransform(cacheControl:)`.
        public var noTransform = false
        /// There is a Content-Range: the body is a part of something, and can be neither encoded nor decoded by itself.
        public var hasContentRange = false

        public init(status: Int) { self.status = status }
    }

    /// Whether any answer could be acceptable to the caller: gzip, where the mode allows it, or plain bytes.
    ///
    /// Ask before the request goes upstream, and answer 406 if not (RFC 9110 section 15.5.7). Afterwards the job may be
    /// cancelled, and telling the caller so matters more than in which coding; `decide` never refuses.
    public static func isServable(_ accept: AcceptEncoding, mode: GzipMode) -> Bool {
        accept.acceptsIdentity || (accept.acceptsGzip && mode != .never)
    }

    /// Whether to ask the upstream for gzip (otherwise for identity).
    ///
    /// It is asked for whatever the caller accepts, since it can be decoded here. Not so for what may not be decoded here: a
    /// range would be one of the encoded bytes, and a caller's `no-transform` forbids it (RFC 9111 section 5.2.1.6).
    /// - Parameters:
    ///   - hasRange: The request has a Range field.
    ///   - noTransform: The request's Cache-Control has `no-transform`.
    public static func asksForGzip(_ accept: AcceptEncoding, mode: GzipMode, hasRange: Bool, noTransform: Bool) -> Bool {
        guard hasRange || noTransform else { return true }
        return wantsGzip(accept, mode)
    }

    /// - Parameters:
    ///   - accept: The caller's Accept-Encoding.
    ///   - mode: Whether the caller gets gzip. In `auto` it gets what the upstream sent, decoded if it does not accept gzip
    ///     or likes plain bytes better; `always` also encodes plain bodies that are worth it; `never` decodes all.
    public static func decide(_ facts: Facts, accept: AcceptEncoding, mode: GzipMode) -> CodingPlan {
        let wantsGzip = wantsGzip(accept, mode)
        if facts.status == 304 { return notModified(facts, canDiffer: mode != .auto || !wantsGzip) }
        guard mayHaveBody(facts.status) else { return CodingPlan(.asIs) }
        var plan =
            switch facts.coding {
            case .identity: planForPlain(facts, accept: accept, wantsGzip: wantsGzip, mode: mode)
            case .gzip: planForGzip(facts, wantsGzip: wantsGzip)
            // A coding that was not asked for and cannot be undone here. It is labelled, so the caller can tell.
            default: CodingPlan(.asIs)
            }
        if facts.isHead { plan.body = .asIs }
        return plan
    }

    private static func wantsGzip(_ accept: AcceptEncoding, _ mode: GzipMode) -> Bool { mode != .never && accept.prefersGzip }

    private static func mayHaveBody(_ status: Int) -> Bool { status >= 200 && status != 204 && status != 205 }

    private static func isWhole(_ facts: Facts) -> Bool {
        facts.status != 206 && !facts.hasContentRange && !facts.noTransform
    }

    private static func planForGzip(_ facts: Facts, wantsGzip: Bool) -> CodingPlan {
        // Another caller may get it decoded, so caches on the way must keep them apart.
        guard !wantsGzip, isWhole(facts) else { return CodingPlan(.asIs, .addVary) }
        // Nothing was encoded, not even an empty member.
        if facts.contentLength == 0 { return CodingPlan(.asIs, [.dropContentEncoding, .addVary]) }
        return CodingPlan(.inflate, [.transcoded, .dropContentEncoding, .addVary])
    }

    private static func planForPlain(_ facts: Facts, accept: AcceptEncoding, wantsGzip: Bool, mode: GzipMode) -> CodingPlan {
        guard isWhole(facts), facts.contentLength != 0 else { return CodingPlan(.asIs) }
        let pays = mode == .always && facts.isCompressible && facts.contentLength ?? .max >= minimumLength
        // A caller that refuses plain bytes gets gzip even where it does not pay.
        if wantsGzip, pays || !accept.acceptsIdentity {
            return CodingPlan(.deflate, [.transcoded, .setContentEncodingGzip, .addVary])
        }
        return CodingPlan(.asIs, pays ? .addVary : [])
    }

    /// A 304 carries the ETag and Vary that a 200 would (RFC 9110 section 15.4.5). Whether that one would have been transcoded
    /// is not known here. A weak tag matches a stored strong one as well (RFC 9111 section 4.3.4), a strong one would not match
    /// a stored weak one: so it is made weak wherever it might have been.
    private static func notModified(_ facts: Facts, canDiffer: Bool) -> CodingPlan {
        if facts.noTransform { return CodingPlan(.asIs) }
        return CodingPlan(.asIs, canDiffer ? [.weakenETag, .addVary] : .addVary)
    }
}
