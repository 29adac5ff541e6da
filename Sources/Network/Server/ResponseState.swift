/// How far an answer has come.
enum ResponseState: Equatable {
    case pending
    /// The status line is written; field lines may follow.
    case head(status: Int)
    /// The head is written; body bytes may follow.
    case body(Framing)
    case complete
    /// It will never be complete: the connection is to be cut.
    case aborted
    /// The handler writes to the connection itself.
    case takenOver

    enum Framing: Equatable {
        /// No byte may follow: an answer to HEAD, 204 or 304. What the handler writes is dropped.
        case none
        case length(remaining: Int)
        case chunked
        /// To an HTTP/1.0 client: the end of the connection is the end of the body.
        case untilClose
    }
}
