import Wire

/// What a submit with an Idempotency-Key has led to. Kept for 24 hours.
struct Submission: Sendable {
    var bodyFingerprint: UInt64
    var reply: SandboxReply
    var at: Instant

    static let lifetime: Duration = .seconds(86_400)
}
