/// A request's content.
public enum UpstreamBody: Sendable {
    case none
    /// All of it. Goes out together with the head while it is small.
    case bytes([UInt8])
    /// What `CurlTransfer.write` will bring: exactly `length` bytes, or, if nil, as many as there are (chunked in HTTP/1.1).
    case stream(length: Int?)
}
