import Policy
import Wire

/// A Zuora with one job, a network that loses things, and a book of what really happened.
struct SimulatedZuora {
    enum Job { case executing, completed, cancelled, absent }

    /// How likely each thing is to go wrong, 0 to 1.
    var trouble: Double
    /// The job as it was before the exchange, and as it is.
    let initial: Job
    var job: Job
    /// Cancels that arrived and have not taken effect yet.
    var lateCancels = 0
    var random: SplitMix64
    /// Cancels that did something or whose answer did not come back clearly.
    var unclear = 0
    var cancelsReceived = 0

    init(trouble: Double, random: SplitMix64) {
        self.trouble = trouble
        self.random = random
        initial =
            [Job.executing, .executing, .executing, .completed, .cancelled, .absent].randomElement(using: &self.random)
            ?? .executing
        job = initial
    }

    private mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &random) < probability }

    /// A cancel that took its time takes effect, unless the job has come to an end of its own meanwhile.
    mutating func timePasses() {
        if lateCancels > 0, job == .executing, chance(0.5) { job = .cancelled }
        if job == .executing, chance(0.02) { job = .completed }
    }

    /// What a request for the job comes back with.
    mutating func receive(isCancel: Bool) -> ExchangeEvent {
        timePasses()
        if chance(trouble * 0.2) {
            return .failed(
                AttemptFailure([.refused, .resolve, .tls].randomElement(using: &random) ?? .refused, requestSent: false))
        }
        if chance(trouble * 0.1) { return responded(401, #"{"message":"Authentication error"}"#) }
        if chance(trouble * 0.1) { return responded(401, #"{"message":"Failed to get user info"}"#) }
        if chance(trouble * 0.15) {
            return responded(429, #"{"reasons":[{"code":70}]}"#, retryAfter: .seconds(Int.random(in: 0...3, using: &random)))
        }
        if isCancel { cancelsReceived += 1 }
        if chance(trouble * 0.2) {
            // Lost on its way there.
            if isCancel { unclear += 1 }
            return .failed(AttemptFailure(.reset, requestSent: true, connectionReused: chance(0.5)))
        }
        let response = isCancel ? cancel() : look()
        guard chance(trouble * 0.5) else { return response }
        if isCancel { unclear += 1 }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return .failed(AttemptFailure(.reset, requestSent: true, connectionReused: chance(0.5)))
        case 1: return .failed(AttemptFailure(.firstByteTimeout, requestSent: true))
        case 2: return responded([502, 503, 504].randomElement(using: &random) ?? 502, "<html><title>Bad Gateway</title></html>")
        case 3: return responded(500, #"{"code":50000060,"message":"internal"}"#)
        default: return .failed(AttemptFailure(.incomplete, requestSent: true, responseBegan: true))
        }
    }

    private mutating func cancel() -> ExchangeEvent {
        switch job {
        case .executing:
            if chance(trouble * 0.3) {
                lateCancels += 1
                unclear += 1
                return responded(504)
            }
            job = .cancelled
            return responded(200, cancelledJob)
        case .completed, .cancelled: return responded(200, notCancellable)
        case .absent: return responded(200, chance(0.5) ? notCancellable : unknownJobBody)
        }
    }

    private func look() -> ExchangeEvent {
        switch job {
        case .executing: responded(200, executingJob)
        case .completed: responded(200, completedJob)
        case .cancelled: responded(200, cancelledJob)
        case .absent: responded(200, unknownJobBody)
        }
    }
}
