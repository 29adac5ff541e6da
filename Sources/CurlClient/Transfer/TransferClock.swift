import Wire

/// When a transfer passed its milestones, as its limits need it.
struct TransferClock {
    var started = Instant(nanoseconds: 0)
    /// A connection was there and the request went out.
    private(set) var connectedAt: Instant?
    /// All of the request is sent, as far as we know.
    var requestSentAt: Instant?
    /// Something last moved.
    private(set) var lastProgress = Instant(nanoseconds: 0)

    mutating func connected(_ now: Instant, sendsContentLater: Bool) {
        connectedAt = now
        lastProgress = now
        if !sendsContentLater { requestSentAt = now }
    }

    mutating func progressed(_ now: Instant) { lastProgress = now }
}
