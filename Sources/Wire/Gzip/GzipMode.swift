/// When the receiver of a body gets gzip: the caller, for responses; the upstream, for requests.
public enum GzipMode: Hashable, Sendable, CaseIterable {
    /// Where it pays: see `ResponseCoding.decide` and `RequestCoding.decide`.
    case auto
    /// Wherever the receiver takes it.
    case always
    /// At no time: gzip is decoded before it is passed on.
    case never
}
