import Policy
import Testing
import Wire

/// A machine with its surroundings: drive it with events, and look at what it wants.
struct Exchange {
    var machine: ExchangeMachine
    var budget: RetryBudget
    var now = Instant.at(0)
    var random = LargestRandom()

    init(
        kind: RouteSettings.Kind = .aquaCancel, idempotent: Bool = true, replayable: Bool = true, attempts: Int = 4,
        timeout: Duration = .seconds(130), strict: Bool = false
    ) {
        var settings = RetrySettings()
        settings.attempts = attempts
        machine = ExchangeMachine(
            policy: RetryPolicy(settings), deadline: Deadline(start: .at(0), total: timeout), kind: kind,
            isIdempotent: idempotent,
            isReplayable: replayable, outcomeStatus: strict ? .strict : .relay)
        budget = RetryBudget(share: 0.2, now: .at(0))
    }

    mutating func on(_ event: ExchangeEvent) -> ExchangeAction {
        machine.handle(event, now: now, budget: &budget, random: &random)
    }

    /// All the actions that a series of events leads to, the one for `started` first.
    mutating func run(_ events: [ExchangeEvent]) -> [ExchangeAction] { ([.started] + events).map { on($0) } }
}

/// A response with that status and body.
func responded(_ status: Int, _ body: String = "", retryAfter: Duration? = nil) -> ExchangeEvent {
    .responded(AttemptResponse(status: status, verdict: verdict(status, body), retryAfter: retryAfter))
}

func relayed(_ outcome: CancelOutcome?, _ source: RelayedResponse.Source = .attempt, status: Int? = nil) -> ExchangeAction {
    .relay(RelayedResponse(source, outcome: outcome, status: status))
}

/// The last action's problem.
func problem(_ actions: [ExchangeAction]) -> ExchangeProblem? {
    if case .fail(let problem)? = actions.last { problem } else { nil }
}

let cancelledJob = #"{"id":"8a80","status":"cancelled","batches":[]}"#
let completedJob = #"{"id":"8a80","status":"completed","batches":[]}"#
let executingJob = #"{"id":"8a80","status":"executing","batches":[]}"#
let notCancellable = #"{"errorCode":"90003","message":"Invalid Job Id for job cancellation."}"#
let unknownJobBody = #"{"errorCode":"90002","message":"Invalid Job Id."}"#
let lost = ExchangeEvent.failed(AttemptFailure(.reset, requestSent: true))
let race = ExchangeEvent.failed(AttemptFailure(.reset, requestSent: true, connectionReused: true))
let unsent = ExchangeEvent.failed(AttemptFailure(.refused, requestSent: false))
let tokenRefused = responded(401, #"{"message":"Authentication error"}"#)
let send = ExchangeAction.send(freshConnection: false)
let sendAnew = ExchangeAction.send(freshConnection: true)
let look = ExchangeAction.verify(freshConnection: false)
let lookAnew = ExchangeAction.verify(freshConnection: true)
