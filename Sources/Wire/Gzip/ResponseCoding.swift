/// Decides how a response's body is transformed.
public enum ResponseCoding {
    /// An uncompressed body shorter than this is not encoded; the same as Zuora's threshold.
    public static let minimumLength = 1000

    /// Properties known from the upstream's head.
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
        /// There is a Content-Range: the body is partial, and can be neither encoded nor decoded.
        public var hasContentRange = false

        public init(status: Int) { self.status = status }
    }

    /// Whether any response could be acceptable to the caller: gzip, if the mode allows it, or uncompressed.
    ///
    /// Check before the request is sent upstream, and respond with 406 if not (RFC 9110 section 15.5.7). Afterwards the job may be
    /// cancelled, and reporting that matters more than the coding; `decide` never refuses.
    public static func isServable(_ accept: AcceptEncoding, mode: GzipMode) -> Bool {
        accept.acceptsIdentity || (accept.acceptsGzip && mode != .never)
    }

    /// Whether to request gzip from the upstream (otherwise identity).
    ///
    /// It is requested regardless of what the caller accepts, since it can be decoded here. Not for a part: a
    /// range would apply to encoded bytes.
    /// - Parameter hasRange: The request has a Range field.
    public static func asksForGzip(_ accept: AcceptEncoding, mode: GzipMode, hasRange: Bool) -> Bool {
        guard hasRange else { return true }
        return wantsGzip(accept, mode)
    }

    /// - Parameters:
    ///   - accept: The caller's Accept-Encoding.
    ///   - mode: Whether the caller gets gzip. In `auto` it gets the upstream's body, decoded if it does not accept gzip
    ///     or prefers identity; `always` also encodes compressible bodies; `never` decodes all.
    public static func decide(_ facts: Facts, accept: AcceptEncoding, mode: GzipMode) -> CodingPlan {
        let wantsGzip = wantsGzip(accept, mode)
        // The gateway has asked for gzip, not the caller, so undoing that for a caller that refuses it transforms nothing.
        let mayInflate = facts.noTransform ? mode == .never || !accept.acceptsGzip : !wantsGzip
        if facts.status == 304 {
            return notModified(facts, canDiffer: facts.noTransform ? mayInflate : mode != .auto || !wantsGzip)
        }
        guard mayHaveBody(facts.status) else { return CodingPlan(.asIs) }
        var plan =
            switch facts.coding {
            case .identity: planForPlain(facts, accept: accept, wantsGzip: wantsGzip, mode: mode)
            case .gzip: planForGzip(facts, mayInflate: mayInflate)
            // An unrequested coding that cannot be decoded here. It is labelled, so the caller can detect it.
            default: CodingPlan(.asIs)
            }
        if facts.isHead { plan.body = .asIs }
        return plan
    }

    private static func wantsGzip(_ accept: AcceptEncoding, _ mode: GzipMode) -> Bool { mode != .never && accept.prefersGzip }

    private static func mayHaveBody(_ status: Int) -> Bool { status >= 200 && status != 204 && status != 205 }

    private static func isWhole(_ facts: Facts) -> Bool { facts.status != 206 && !facts.hasContentRange }

    private static func planForGzip(_ facts: Facts, mayInflate: Bool) -> CodingPlan {
        // Another caller may get it decoded, so caches must distinguish them.
        guard mayInflate, isWhole(facts) else { return CodingPlan(.asIs, .addVary) }
        // Nothing was encoded, not even an empty member.
        if facts.contentLength == 0 { return CodingPlan(.asIs, [.dropContentEncoding, .addVary]) }
        return CodingPlan(.inflate, [.transcoded, .dropContentEncoding, .addVary])
    }

    private static func planForPlain(_ facts: Facts, accept: AcceptEncoding, wantsGzip: Bool, mode: GzipMode) -> CodingPlan {
        guard isWhole(facts), !facts.noTransform, facts.contentLength != 0 else { return CodingPlan(.asIs) }
        let pays = mode == .always && facts.isCompressible && facts.contentLength ?? .max >= minimumLength
        // A caller that refuses identity gets gzip even if it is not worthwhile.
        if wantsGzip, pays || !accept.acceptsIdentity {
            return CodingPlan(.deflate, [.transcoded, .setContentEncodingGzip, .addVary])
        }
        return CodingPlan(.asIs, pays ? .addVary : [])
    }

    /// A 304 has the ETag and Vary of the corresponding 200 (RFC 9110 section 15.4.5). Whether that would have been transcoded
    /// is unknown here. A weak tag also matches a stored strong one (RFC 9111 section 4.3.4), but a strong one does not match
    /// a stored weak one: so it is weakened if transcoding was possible.
    private static func notModified(_ facts: Facts, canDiffer: Bool) -> CodingPlan {
        if facts.noTransform, !canDiffer { return CodingPlan(.asIs) }
        return CodingPlan(.asIs, canDiffer ? [.weakenETag, .addVary] : .addVary)
    }
}
