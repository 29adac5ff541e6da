import Network
import Wire

extension CurlTransfer {
    /// Sets the one timer to the earliest time at which a limit could have passed. What moves on meanwhile does not touch the
    /// timer: when it comes up, the clock tells.
    func setTimer() {
        guard phase == .running, let timer else { return }
        let (deadline, _) = nextLimit()
        if deadline != .distantFuture { timer.schedule(at: deadline) }
    }

    func checkLimits() {
        guard phase == .running else { return }
        let (deadline, kind) = nextLimit()
        if deadline <= client.reactor.now { fail(.timedOut(kind)) } else { setTimer() }
    }

    private func nextLimit() -> (Instant, TransferLimits.Kind) {
        var limit = (limits.total, TransferLimits.Kind.total)
        func consider(_ time: Instant, _ kind: TransferLimits.Kind) {
            if time < limit.0 { limit = (time, kind) }
        }
        if let firstByte = limits.firstByte, !isHeadComplete {
            // Not sent yet: looked at again when it could have passed at the earliest.
            consider((clock.requestSentAt ?? client.reactor.now) + firstByte, .firstByte)
        }
        if let stall = limits.stall {
            consider((isStalling ? clock.lastProgress : client.reactor.now) + stall, .stall)
        }
        return limit
    }

    /// Whether it is for the other side to move something: content of the answer, or of the request.
    private var isStalling: Bool {
        guard clock.connectedAt != nil else { return false }
        // Without bytes of the request to send it is for our own caller.
        if upload.isUnderWay, !upload.isEnded || upload.hasBytesToSend { return upload.hasBytesToSend }
        return isHeadComplete && !isReceivePaused
    }
}
