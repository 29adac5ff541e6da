/// How the end of an answer's content is recognised.
enum AnswerEnd {
    /// By what the answer itself says, or by a connection without TLS that is closed. libcurl checks the former; nobody can the
    /// latter.
    case announced
    /// By the end of the TLS connection, which must be a proper one.
    case byCloseNotify
}
