import Network
import Policy
import Wire

/// What is known of one request for its log line, its metrics, and the fields that every response to it has. The phases write down in it what
/// they come to know; they do not read from it.
final class Journal {
    var entry: AccessRecord
    let startedAt: Instant
    /// The tenant's name, for the caller.
    var tenant: String?
    /// On the cancel routes: what became of the job, as far as it is known.
    var outcome: CancelOutcome?
    var isCancel = false
    /// Requests and verifications sent upstream.
    var attempts = 0
    var problem: Problem?
    /// Why the last attempt got no response; nil if it did.
    var failure: UpstreamFailure?
    /// What the operator is told of a failure, where it is more than the caller is told.
    var detail: String?

    init(startedAt: Instant, trackID: TrackID) {
        self.startedAt = startedAt
        entry = AccessRecord(time: .now())
        entry.trackID = trackID
    }
}
