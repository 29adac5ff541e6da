import Policy
import Testing
import Wire

/// The whole of a cancel, by what comes back.
@Suite struct CancelExchangeTests {
    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var events: [ExchangeEvent]
        var actions: [ExchangeAction]

        init(_ name: String, _ events: [ExchangeEvent], _ actions: [ExchangeAction]) {
            testDescription = name
            self.events = events
            self.actions = actions
        }
    }

    static let stories = [
        Story("it works at once", [answered(200, cancelledJob)], [send, relayed(.cancelled)]),
        Story(
            "a lost answer, and the job is cancelled", [lost, answered(200, cancelledJob)],
            [send, lookAnew, relayed(.cancelled, .verification)]),
        Story(
            "a 504, and the job is cancelled", [answered(504), answered(200, cancelledJob)],
            [send, look, relayed(.cancelled, .verification)]),
        Story(
            "a lost answer, the job runs, the repeat works",
            [lost, answered(200, executingJob), .pauseEnded, answered(200, cancelledJob)],
            [send, lookAnew, .pause(.seconds(1)), sendAnew, relayed(.cancelled)]),
        Story(
            "a race, and the repeat is told that the job cannot be cancelled",
            [race, answered(200, notCancellable), answered(200, cancelledJob)],
            [send, sendAnew, look, relayed(.cancelled, .verification)]),
        Story(
            "a 500, and the repeat is told that there is no such job",
            [answered(500), .pauseEnded, answered(200, unknownJobBody), answered(200, cancelledJob)],
            [send, .pause(.seconds(1)), send, look, relayed(.cancelled, .verification)]),
        Story(
            "cannot be cancelled: it was cancelled before", [answered(200, notCancellable), answered(200, cancelledJob)],
            [send, look, relayed(.alreadyCancelled)]),
        Story(
            "cannot be cancelled: it is complete", [answered(200, notCancellable), answered(200, completedJob)],
            [send, look, relayed(.alreadyFinished)]),
        Story(
            "cannot be cancelled: it does not exist", [answered(200, notCancellable), answered(200, unknownJobBody)],
            [send, look, relayed(.unknownJob)]),
        Story(
            "cannot be cancelled although it runs", [answered(200, notCancellable), answered(200, executingJob)],
            [send, look, relayed(.rejected)]),
        Story("no such job, at the first attempt", [answered(200, unknownJobBody)], [send, relayed(.unknownJob)]),
        Story(
            "cannot be cancelled, and the job may not be seen",
            [answered(200, notCancellable), answered(403, #"{"code":50000010}"#)],
            [send, look, relayed(.unknown)]),
        Story(
            "accepted, and done a moment later",
            [answered(200, executingJob), answered(200, executingJob), .pauseEnded, answered(200, cancelledJob)],
            [send, look, .pause(.seconds(1)), look, relayed(.cancelled)]),
        Story(
            "a lost answer, and no such job", [lost, answered(200, unknownJobBody)],
            [send, lookAnew, relayed(.unknownJob, .verification)]),
        Story(
            "a refused token, replaced", [tokenRefused, .tokenReady, answered(200, cancelledJob)],
            [send, .refreshToken, send, relayed(.cancelled)]),
        Story(
            "a lost answer, and the token refused at the look", [lost, tokenRefused, .tokenReady, answered(200, cancelledJob)],
            [send, lookAnew, .refreshToken, look, relayed(.cancelled, .verification)]),
        Story(
            "a 429, waited out", [answered(429, retryAfter: .seconds(4)), .pauseEnded, answered(200, cancelledJob)],
            [send, .pause(.seconds(5)), send, relayed(.cancelled)]),
        Story(
            "a 429, then cancelled by somebody else",
            [answered(429), .pauseEnded, answered(200, notCancellable), answered(200, cancelledJob)],
            [send, .pause(.seconds(1)), send, look, relayed(.alreadyCancelled)]),
        Story(
            "no connection, then it works", [unsent, .pauseEnded, answered(200, cancelledJob)],
            [send, .pause(.seconds(1)), send, relayed(.cancelled)]),
        Story(
            "the look fails, and is repeated",
            [lost, answered(503), .pauseEnded, lost, .pauseEnded, answered(200, cancelledJob)],
            [send, lookAnew, .pause(.seconds(1)), look, .pause(.seconds(2)), lookAnew, relayed(.cancelled, .verification)]),
        Story(
            "a race, then it cannot be cancelled, and the job is gone",
            [race, answered(200, notCancellable), answered(404, "{}")],
            [send, sendAnew, look, relayed(.unknownJob)]),
        Story("not permitted", [answered(403, #"{"code":50000010,"message":"x"}"#)], [send, relayed(.notPermitted)]),
        Story("the wrong entity", [answered(200, #"{"reasons":[{"code":90000020}]}"#)], [send, relayed(.wrongEntity)]),
        Story("a page of a load balancer", [answered(403, "<html><title>Denied</title></html>")], [send, relayed(.rejected)]),
        Story(
            "lock contention inside a 200, then it works",
            [answered(200, #"{"success":false,"reasons":[{"code":50000050}]}"#), .pauseEnded, answered(200, cancelledJob)],
            [send, .pause(.seconds(1)), send, relayed(.cancelled)]),
    ]

    @Test(arguments: stories)
    func `a cancel ends with the truth`(story: Story) {
        var exchange = Exchange()
        #expect(exchange.run(story.events) == story.actions)
    }

    @Test func `a look at the job is not repeated when the upstream asks for a longer wait than max_wait`() {
        var exchange = Exchange()
        let actions = exchange.run([lost, answered(503, retryAfter: .seconds(60))])
        #expect(actions.dropLast() == [send, lookAnew])
        #expect(problem(actions)?.type == "cancel-unverified")
    }

    @Test func `a job that ended otherwise is a 409 when there is no answer of Zuora's to relay`() {
        var exchange = Exchange()
        let problem = problem(exchange.run([lost, answered(200, completedJob)]))
        #expect(problem?.status == 409)
        #expect(problem?.outcome == .alreadyFinished)
    }

    @Test(
        arguments: [
            [lost, answered(403, #"{"code":50000010}"#)], [lost, tokenRefused, .tokenUnavailable(retryAfter: nil)],
            [lost, tokenRefused, .tokenReady, tokenRefused],
            [lost, answered(503), .pauseEnded, answered(503), .pauseEnded, answered(503), .pauseEnded, answered(503)],
            [.failed(AttemptFailure(.totalTimeout, requestSent: true)), answered(200), .pauseEnded, .deadlinePassed],
            [race, answered(200, notCancellable), answered(403, #"{"code":50000010}"#)],
            [lost, .failed(AttemptFailure(.breakerOpen, requestSent: false))], [lost, .deadlinePassed],
            [.deadlinePassed, .deadlinePassed],
            [lost, answered(200, executingJob), .pauseEnded, tokenRefused, .tokenReady, tokenRefused],
        ] as [[ExchangeEvent]])
    func `a cancel that cannot be looked at may have worked, and says so`(events: [ExchangeEvent]) {
        var exchange = Exchange()
        let problem = problem(exchange.run(events))
        #expect(problem?.status == 504)
        #expect(problem?.title.contains("may have been cancelled") == true)
        #expect(problem?.detail.contains("GET the job") == true)
        #expect(problem?.mayHaveReached == true)
        #expect(problem?.outcome == .unknown)
    }

    @Test func `a job still running after the last attempt was lost is not called cancelled`() {
        var exchange = Exchange(attempts: 1)
        let problem = problem(exchange.run([lost, answered(200, executingJob)]))
        #expect(problem?.type == "cancel-unconfirmed")
        #expect(problem?.status == 504)
        #expect(problem?.detail.contains("executing") == true)
    }

    @Test(
        arguments: [
            ([answered(200, cancelledJob)], relayed(.cancelled, status: 200)),
            ([answered(200, notCancellable), answered(200, completedJob)], relayed(.alreadyFinished, status: 409)),
            (
                [answered(200, notCancellable), answered(200, cancelledJob)],
                relayed(.alreadyCancelled, .verification, status: 200)
            ),
            ([answered(200, unknownJobBody)], relayed(.unknownJob, status: 404)),
            ([answered(200, #"{"errorCode":"90009"}"#)], relayed(.notPermitted, status: 403)),
            ([answered(200, #"{"reasons":[{"code":90000020}]}"#)], relayed(.wrongEntity, status: 403)),
            ([answered(422, #"{"message":"x"}"#)], relayed(.rejected, status: 422)),
            ([lost, answered(200, cancelledJob)], relayed(.cancelled, .verification, status: 200)),
            ([lost, answered(200, unknownJobBody)], relayed(.unknownJob, .verification, status: 404)),
        ] as [([ExchangeEvent], ExchangeAction)])
    func `a strict status says what happened`(events: [ExchangeEvent], last: ExchangeAction) {
        var exchange = Exchange(strict: true)
        #expect(exchange.run(events).last == last)
    }

    @Test func `a page becomes a problem under strict`() {
        var exchange = Exchange(strict: true)
        let problem = problem(exchange.run([answered(403, "<html><title>Access Denied</title></html>")]))
        #expect(problem?.status == 403)
        #expect(problem?.detail.contains("Access Denied") == true)
        #expect(problem?.outcome == .rejected)
    }

    @Test func `a second 401 is relayed as Zuora sent it, and so is the first when no other token is to be had`() {
        for events in [[tokenRefused, .tokenReady, tokenRefused], [tokenRefused, .tokenStands]] as [[ExchangeEvent]] {
            var exchange = Exchange()
            #expect(exchange.run(events).last == relayed(.notPermitted))
        }
    }

    @Test(arguments: [
        answered(400, #"{"code":50000030,"message":"The job cannot be cancelled: its status is cancelled."}"#),
        answered(404, #"{"code":50000040,"message":"not found"}"#), answered(409, ""),
        answered(200, #"{"success":false,"reasons":[{"code":50000030,"message":"no"}]}"#),
    ])
    func `no refusal of a repeat is believed before the job was looked at`(refusal: ExchangeEvent) {
        var exchange = Exchange()
        #expect(
            exchange.run([race, refusal, answered(200, cancelledJob)]) == [
                send, sendAnew, look, relayed(.cancelled, .verification),
            ])
    }

    @Test func `a look that no token is to be had for leaves Zuora's refusal with its meaning open`() {
        for event in [.tokenStands, .tokenUnavailable(retryAfter: nil)] as [ExchangeEvent] {
            var exchange = Exchange()
            #expect(exchange.run([answered(200, notCancellable), tokenRefused, event]).last == relayed(.unknown))
        }
    }

    @Test func `a success that cannot be read gives way to what the look at the job brought`() {
        var exchange = Exchange()
        var unreadable = UpstreamVerdict(outcome: .unknown)
        unreadable.shape = .unreadable
        unreadable.verification = .always
        var answer = AttemptAnswer(status: 200)
        answer.verdict = unreadable
        let last = exchange.run([.answered(answer), answered(200, cancelledJob)]).last
        #expect(last == .relay(RelayedAnswer(.verification, outcome: .cancelled, status: nil)))
    }

    @Test func `an empty success gives way to what the look at the job brought, unless its status says that it is empty`() {
        for (status, source) in [(200, RelayedAnswer.Source.verification), (204, .attempt)] {
            var exchange = Exchange()
            #expect(exchange.run([answered(status), answered(200, cancelledJob)]).last == relayed(.cancelled, source))
        }
    }

    @Test func `a cancel that was sent outlives its caller, nothing else does`() {
        var cancel = Exchange()
        #expect(!cancel.machine.outlivesCaller)
        _ = cancel.run([])
        #expect(cancel.machine.outlivesCaller)
        _ = cancel.on(unsent)
        #expect(!cancel.machine.outlivesCaller)
        _ = cancel.on(.pauseEnded)
        _ = cancel.on(lost)
        #expect(cancel.machine.outlivesCaller)
        _ = cancel.on(answered(200, cancelledJob))
        #expect(!cancel.machine.outlivesCaller)
        var get = Exchange(kind: .plain)
        _ = get.run([lost])
        #expect(!get.machine.outlivesCaller)
    }
}
