/// What becomes of a body on its way through the gateway, and of the fields that describe it.
public struct CodingPlan: Hashable, Sendable {
    public var body: Body
    public var edits: HeaderEdits

    public init(_ body: Body, _ edits: HeaderEdits = []) {
        self.body = body
        self.edits = edits
    }

    public enum Body: Hashable, Sendable {
        /// Passed on as it comes (or there is none).
        case asIs
        case inflate
        case deflate
    }

    /// Changes to a head that follow from the plan.
    public struct HeaderEdits: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Remove Content-Encoding.
        public static let dropContentEncoding = HeaderEdits(rawValue: 1)
        /// Remove Content-Encoding (it could say `identity`) and add `Content-Encoding: gzip`.
        public static let setContentEncodingGzip = HeaderEdits(rawValue: 2)
        /// Remove Content-Length: the length that will be sent is not known.
        public static let dropContentLength = HeaderEdits(rawValue: 4)
        /// Replace ETag by `BodyFields.weakened(etag:)`.
        public static let weakenETag = HeaderEdits(rawValue: 8)
        /// Remove Content-MD5, Digest, Content-Digest and Repr-Digest, which cover encoded bytes (RFC 9530 sections 2 and 3).
        public static let dropDigests = HeaderEdits(rawValue: 16)
        /// Remove Accept-Ranges: a range of the transcoded body cannot be had.
        public static let dropAcceptRanges = HeaderEdits(rawValue: 32)
        /// Add `Vary: Accept-Encoding`, unless `BodyFields.variesByEncoding(vary:)`.
        public static let addVary = HeaderEdits(rawValue: 64)

        /// What is no longer true of a body that is not passed on as it came.
        static let transcoded: HeaderEdits = [.dropContentLength, .weakenETag, .dropDigests, .dropAcceptRanges]
    }
}
