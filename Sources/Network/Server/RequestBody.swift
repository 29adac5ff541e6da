public import Wire

/// The state of a request's body: its framing, and how much of it has been read.
struct RequestBody {
    enum Framing {
        case complete
        case length(remaining: Int)
        case chunked(ChunkedDecoder)
        /// Refused or lost: it cannot be read any further.
        case broken
    }

    var framing = Framing.complete
    /// The offset of the body's first unread byte from the head's first byte.
    var offset = 0
    let headLength: Int
    /// A 100 (Continue) must be sent before the first read.
    var owesContinue = false
    /// Decoded bytes so far.
    var received = 0
    /// It was too slow: no more of it is awaited.
    var isTooSlow = false
    var startedAt: Instant?
    let limit: Int
    let declared: Int?

    init() {
        headLength = 0
        limit = 0
        declared = nil
    }

    init(_ head: RequestHead, limit: Int) {
        headLength = head.length
        offset = head.length
        self.limit = limit
        owesContinue = head.expectsContinue
        switch head.framing {
        case .none:
            framing = .complete
            declared = 0
        case .length(let length):
            framing = length == 0 ? .complete : .length(remaining: length)
            declared = length
        case .chunked:
            framing = .chunked(ChunkedDecoder())
            declared = nil
        }
    }

    var isComplete: Bool { if case .complete = framing { true } else { false } }

    /// The deadline of the next bytes: after the grace time the body must have reached the minimum rate. Without such a rate, never.
    func deadline(_ settings: ServerSettings) -> Instant {
        guard settings.bodyRate > 0 else { return .distantFuture }
        let earned = Duration.milliseconds(Int64(received) * 1000 / Int64(settings.bodyRate))
        return (startedAt ?? .now()) + settings.bodyGrace + earned
    }
}

/// Why a request body cannot be read completely.
public enum BodyError: Error, Hashable, Sendable {
    /// Malformed (400), too large (413) or too slow (408): gets a response, and the connection closes.
    case refused(Refusal)
    /// The client has disconnected: no response is possible.
    case connectionLost
}
