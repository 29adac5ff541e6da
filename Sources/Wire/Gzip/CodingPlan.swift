/// How the gateway transforms a body and the fields that describe it.
public struct CodingPlan: Hashable, Sendable {
    public var body: Body
    public var edits: HeaderEdits

    public init(_ body: Body, _ edits: HeaderEdits = []) {
        self.body = body
        self.edits = edits
    }

    public enum Body: Hashable, Sendable {
        /// Passed on unchanged, if present.
        case asIs
        case inflate
        case deflate
    }

    /// Changes to a head required by the plan.
    public struct HeaderEdits: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Remove Content-Encoding.
        public static let dropContentEncoding = HeaderEdits(rawValue: 1)
        /// Remove Content-Encoding (possibly `identity`) and add `Content-Encoding: gzip`.
        public static let setContentEncodingGzip = HeaderEdits(rawValue: 2)
        /// Remove Content-Length: the resulting length is unknown.
        public static let dropContentLength = HeaderEdits(rawValue: 4)
        /// Replace ETag by `BodyFields.weakened(etag:)`.
        public static let weakenETag = HeaderEdits(rawValue: 8)
        /// Remove Content-MD5, Digest, Content-Digest and Repr-Digest, which cover encoded bytes (RFC 9530 sections 2 and 3).
        public static let dropDigests = HeaderEdits(rawValue: 16)
        /// Remove Accept-Ranges: the transcoded body does not support ranges.
        public static let dropAcceptRanges = HeaderEdits(rawValue: 32)
        /// Add `Vary: Accept-Encoding`, unless `BodyFields.variesByEncoding(vary:)`.
        public static let addVary = HeaderEdits(rawValue: 64)

        /// Changes for every body that is not passed on unchanged.
        static let transcoded: HeaderEdits = [.dropContentLength, .weakenETag, .dropDigests, .dropAcceptRanges]
    }
}

/// When bodies are sent with gzip: to the caller, for responses; to the upstream, for requests.
public enum GzipMode: String, Sendable, CaseIterable {
    /// Where it is worthwhile: see `ResponseCoding.decide` and `RequestCoding.decide`.
    case auto
    /// Wherever the receiver accepts it.
    case always
    /// Never: gzip is decoded before it is passed on.
    case never
}

/// Properties of a body that other fields state, one field line's value at a time.
public enum BodyFields {
    /// Whether Cache-Control has `no-transform` (RFC 9111 sections 5.2.1.6 and 5.2.2.6).
    public static func forbidsTransform(cacheControl value: Span<UInt8>) -> Bool { value.listContains("no-transform") }

    /// Whether Vary already lists Accept-Encoding (RFC 9110 section 12.5.5).
    public static func variesByEncoding(vary value: Span<UInt8>) -> Bool {
        value.listContains("*") || value.listContains("accept-encoding")
    }

    /// Whether a body of this Content-Type is worth encoding: text, JSON and XML, forms; the types that Zuora compresses are
    /// among them. A stream of events is not, since each event must arrive at once.
    public static func isCompressible(contentType value: Span<UInt8>) -> Bool {
        let type = value.extracting(
            value.trimmed(0..<(value.firstIndex(of: UInt8(ascii: ";"), in: value.indices) ?? value.count)))
        if type.starts(withIgnoringCase: "text/") { return !type.equals(ignoringCase: "text/event-stream") }
        guard type.starts(withIgnoringCase: "application/") else { return false }
        let subtype = type.extracting(droppingFirst: 12)
        return subtype.equals(ignoringCase: "json") || subtype.equals(ignoringCase: "xml")
            || subtype.equals(ignoringCase: "x-ndjson") || subtype.equals(ignoringCase: "x-www-form-urlencoded")
            || subtype.extracting(last: 5).equals(ignoringCase: "+json")
            || subtype.extracting(last: 4).equals(ignoringCase: "+xml")
    }

    /// A weak version of a strong entity tag, since a transcoded body is not identical byte for byte (RFC 9110 section 8.8.1).
    /// - Returns: nil if it need not be changed: it is already weak, or not an entity tag.
    public static func weakened(etag value: Span<UInt8>) -> [UInt8]? {
        let tag = value.trimmed(value.indices)
        let quote = UInt8(ascii: "\"")
        guard tag.count >= 2, value[tag.lowerBound] == quote, value[tag.upperBound - 1] == quote else { return nil }
        return [UInt8](capacity: tag.count + 2) { output in
            output.append(UInt8(ascii: "W"))
            output.append(UInt8(ascii: "/"))
            for i in tag { output.append(value[i]) }
        }
    }
}

/// Decides how a request's body is transformed.
public enum RequestCoding {
    /// An uncompressed body is encoded if it is longer than this.
    public static let maximumPlainLength = 1024

    /// Properties known from the caller's head.
    public struct Facts: Hashable, Sendable {
        /// From `ContentEncoding`.
        public var coding = ContentCoding.identity
        /// Bytes of the body: 0 without a body, nil with the chunked coding.
        public var contentLength: Int?
        /// The route's method and path are defined to take a body.
        public var routeTakesBody = false
        /// From `BodyFields.isCompressible(contentType:)`.
        public var isCompressible = false
        /// From `BodyFields.forbidsTransform(cacheControl:)`.
        public var noTransform = false
        /// There is a Content-Range: the body is partial.
        public var hasContentRange = false

        public init(contentLength: Int?) { self.contentLength = contentLength }
    }

    /// - Parameter mode: Whether the upstream gets gzip. A gzip body is passed on, except in `never`, which
    ///   decodes it. An uncompressed one of more than 1 KiB, or of unknown length, is encoded if its type is compressible: in `auto`
    ///   on routes that take a body, in `always` on all, in `never` on none.
    public static func decide(_ facts: Facts, mode: GzipMode) -> CodingPlan {
        // Content-Encoding without a body: some clients set it on every request, including DELETE.
        if facts.contentLength == 0 { return CodingPlan(.asIs, facts.coding == .identity ? [] : .dropContentEncoding) }
        guard !facts.noTransform, !facts.hasContentRange else { return CodingPlan(.asIs) }
        switch (facts.coding, mode) {
        case (.gzip, .never): return CodingPlan(.inflate, [.dropContentEncoding, .dropContentLength, .dropDigests])
        case (.identity, .auto) where facts.routeTakesBody, (.identity, .always):
            guard facts.isCompressible, facts.contentLength ?? .max > maximumPlainLength else { return CodingPlan(.asIs) }
            return CodingPlan(.deflate, [.setContentEncodingGzip, .dropContentLength, .dropDigests])
        default: return CodingPlan(.asIs)
        }
    }
}
