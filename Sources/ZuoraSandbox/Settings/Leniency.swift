/// What happens to a header that should not have been sent.
public enum Leniency: String, Hashable, Sendable, CaseIterable {
    case reject
    case ignore
}

/// What happens to an illegal track id.
public enum TrackIDLeniency: String, Hashable, Sendable, CaseIterable {
    case reject
    /// Served, and not echoed.
    case ignore
    /// Served, and echoed as it is.
    case echo
}

/// The answer to a call without a valid token.
public enum AuthRefusal: String, Hashable, Sendable, CaseIterable {
    /// 401 `{"message":"Authentication error"}`.
    case message
    /// 401 in Spring's form.
    case spring
    /// 401 in version 1's envelope, code 90000011.
    case reasons
    /// The same inside a 200.
    case reasons200 = "reasons-200"
}

/// The answer to a client that may only read.
public enum WriteRefusal: String, Hashable, Sendable, CaseIterable {
    /// 403 `{"code","message"}`.
    case forbidden
    /// 200 with AQuA's code 90009.
    case errorCode = "error-code"
}
