public import Wire

/// Why a request body cannot be read to its end.
public enum BodyError: Error, Hashable, Sendable {
    /// Malformed (400), too large (413) or too slow (408): to be answered, and the connection closes.
    case refused(Refusal)
    /// The client is gone: nobody is there to be answered.
    case connectionLost
}
