import Wire

/// What is kept of a request's content, so that it can be sent again.
struct RequestContent {
    /// Content up to this size is kept; a request with more is not replayable.
    static let replayLimit = 256 << 10

    /// As it came, or as the gateway recoded it.
    var bytes: [UInt8] = []
    /// Whether `bytes` is all of it.
    var isWhole = true
    /// The length that was announced; nil for chunked content.
    var declared: Int? = 0

    var isEmpty: Bool { isWhole && bytes.isEmpty }
}
