/// Decides what becomes of a request's body.
public enum RequestCoding {
    /// A plain body is encoded if it is longer than this.
    public static let maximumPlainLength = 1024

    /// What is known when the caller's head has come.
    public struct Facts: Hashable, Sendable {
        /// From `ContentEncoding`.
        public var coding = ContentCoding.identity
        /// Bytes of the body: 0 if there is none, nil if its end is found by the chunked coding.
        public var contentLength: Int?
        /// The route's method and path are defined to take a body.
        public var routeTakesBody = false
        /// From `BodyFields.isCompressible(contentType:)`.
        public var isCompressible = false
        /// From `BodyFields.forbidsTransform(cacheControl:)`.
        public var noTransform = false
        /// There is a Content-Range: the body is a part of something.
        public var hasContentRange = false

        public init(contentLength: Int?) { self.contentLength = contentLength }
    }

    /// - Parameter mode: Whether the upstream gets gzip. A body that comes as gzip is passed on, except in `never`, which
    ///   decodes it. A plain one of more than 1 KiB, or of a length yet unknown, is encoded if its type is worth it: in `auto`
    ///   on routes that take a body, in `always` on all, in `never` not.
    public static func decide(_ facts: Facts, mode: GzipMode) -> CodingPlan {
        // A label without a body: some clients set it on every request, a DELETE too.
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
