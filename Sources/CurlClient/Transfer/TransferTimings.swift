import CCurl

/// How a transfer went, as libcurl measured it: times from its start, 0 for a phase that did not take place.
public struct TransferTimings: Hashable, Sendable {
    public var nameLookup: Duration = .zero
    public var connect: Duration = .zero
    public var tls: Duration = .zero
    public var firstByte: Duration = .zero
    public var total: Duration = .zero
    /// Whether an open connection was used again.
    public var isReused = false
    /// Bytes of the request: head and content, framing not counted.
    public var bytesSent = 0
    /// Bytes of the answer: head and content, framing not counted.
    public var bytesReceived = 0

    public init() {}

    init(_ easy: EasyHandle) {
        func time(_ info: CURLINFO) -> Duration { .microseconds(easy.offset(info)) }
        nameLookup = time(CURLINFO_NAMELOOKUP_TIME_T)
        connect = time(CURLINFO_CONNECT_TIME_T)
        tls = time(CURLINFO_APPCONNECT_TIME_T)
        firstByte = time(CURLINFO_STARTTRANSFER_TIME_T)
        total = time(CURLINFO_TOTAL_TIME_T)
        isReused = easy.number(CURLINFO_NUM_CONNECTS) == 0
        bytesSent = easy.number(CURLINFO_REQUEST_SIZE) + easy.offset(CURLINFO_SIZE_UPLOAD_T)
        bytesReceived = easy.number(CURLINFO_HEADER_SIZE) + easy.offset(CURLINFO_SIZE_DOWNLOAD_T)
    }
}
