import Wire

/// A token that the stand-in gave out.
struct AccessToken: Hashable, Sendable {
    var text: String
    var client: String
    var tenant: String
    /// UUIDs. More than one makes `Zuora-Entity-Ids` mandatory on calls.
    var entities: [String]
    var expires: Instant

    /// What the book shows of it.
    var fingerprint: String { shortFingerprint(text) }
}
