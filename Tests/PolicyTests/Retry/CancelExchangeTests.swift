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

    @Test func `a cancel whose content is too large to be sent again with a fresh token has an outcome`() {
        for kind in [RouteSettings.Kind.aquaCancel, .dataQueryCancel] {
            var exchange = Exchange(kind: kind, replayable: false)
            let problem = problem(exchange.run([tokenRefused]))
            #expect(problem?.type == "not-replayable")
            #expect(problem?.outcome == .unknown)
        }
    }

    @Test(arguments: [ExchangeEvent.deadlinePassed, .stopping])
    func `a 401 that says nothing of permission is not the outcome of a cancel whose back-off ends`(end: ExchangeEvent) {
        var exchange = Exchange()
        let problem = problem(exchange.run([responded(401, #"{"message":"Failed to get user info"}"#), end]))
        #expect(problem?.type == "authentication-trouble")
        #expect(problem?.outcome == .unknown)
    }

    @Test(arguments: [ExchangeEvent.deadlinePassed, .stopping])
    func `a job that cannot be cancelled is not called finished if its verification ends early`(end: ExchangeEvent) {
        var exchange = Exchange()
        #expect(exchange.run([responded(200, notCancellable), responded(503), end]).last == relayed(.unknown))
    }

    static let stories = [
        Story("it works at once", [responded(200, cancelledJob)], [send, relayed(.cancelled)]),
        Story(
            "a lost response, and the job is cancelled", [lost, responded(200, cancelledJob)],
            [send, lookAnew, relayed(.cancelled, .verification)]),
        Story(
            "a 504, and the job is cancelled", [responded(504), responded(200, cancelledJob)],
            [send, look, relayed(.cancelled, .verification)]),
        Story(
            "a lost response, the job runs, the retry works",
            [lost, responded(200, executingJob), .pauseEnded, responded(200, cancelledJob)],
            [send, lookAnew, .pause(.seconds(1)), sendAnew, relayed(.cancelled)]),
        Story(
            "a race, and the repeat is told that the job cannot be cancelled",
            [race, responded(200, notCancellable), responded(200, cancelledJob)],
            [send, sendAnew, look, relayed(.cancelled, .verification)]),
        Story(
            "a 500, and the repeat is told that there is no such job",
            [responded(500), .pauseEnded, responded(200, unknownJobBody), responded(200, cancelledJob)],
            [send, .pause(.seconds(1)), send, look, relayed(.cancelled, .verification)]),
        Story(
            "cannot be cancelled: it was cancelled before", [responded(200, notCancellable), responded(200, cancelledJob)],
            [send, look, relayed(.alreadyCancelled)]),
        Story(
            "cannot be cancelled: it is complete", [responded(200, notCancellable), responded(200, completedJob)],
            [send, look, relayed(.alreadyFinished)]),
        Story(
            "cannot be cancelled: it does not exist", [responded(200, notCancellable), responded(200, unknownJobBody)],
            [send, look, relayed(.unknownJob)]),
        Story(
            "cannot be cancelled although it runs", [responded(200, notCancellable), responded(200, executingJob)],
            [send, look, relayed(.rejected)]),
        Story("no such job, at the first attempt", [responded(200, unknownJobBody)], [send, relayed(.unknownJob)]),
        Story(
            "cannot be cancelled, and the job may not be seen",
            [responded(200, notCancellable), responded(403, #"{"code":50000010}"#)],
            [send, look, relayed(.unknown)]),
        Story(
            "accepted, and done a moment later",
            [responded(200, executingJob), responded(200, executingJob), .pauseEnded, responded(200, cancelledJob)],
            [send, look, .pause(.seconds(1)), look, relayed(.cancelled)]),
        Story(
            "a lost response, and no such job", [lost, responded(200, unknownJobBody)],
            [send, lookAnew, relayed(.unknownJob, .verification)]),
        Story(
            "a refused token, replaced", [tokenRefused, .tokenReady, responded(200, cancelledJob)],
            [send, .refreshToken, send, relayed(.cancelled)]),
        Story(
            "a lost response, and the token refused at the verification",
            [lost, tokenRefused, .tokenReady, responded(200, cancelledJob)],
            [send, lookAnew, .refreshToken, look, relayed(.cancelled, .verification)]),
        Story(
            "a 429, waited out", [responded(429, retryAfter: .seconds(4)), .pauseEnded, responded(200, cancelledJob)],
            [send, .pause(.seconds(5)), send, relayed(.cancelled)]),
        Story(
            "a 429, then cancelled by somebody else",
            [responded(429), .pauseEnded, responded(200, notCancellable), responded(200, cancelledJob)],
            [send, .pause(.seconds(1)), send, look, relayed(.alreadyCancelled)]),
        Story(
            "no connection, then it works", [unsent, .pauseEnded, responded(200, cancelledJob)],
            [send, .pause(.seconds(1)), send, relayed(.cancelled)]),
        Story(
            "the look fails, and is repeated",
            [lost, responded(503), .pauseEnded, lost, .pauseEnded, responded(200, cancelledJob)],
            [send, lookAnew, .pause(.seconds(1)), look, .pause(.seconds(2)), lookAnew, relayed(.cancelled, .verification)]),
        Story(
            "a race, then it cannot be cancelled, and the job is gone",
            [race, responded(200, notCancellable), responded(404, "{}")],
            [send, sendAnew, look, relayed(.unknownJob)]),
        Story(
            "not found, since it was cancelled before", [responded(404, "{}"), responded(200, cancelledJob)],
            [send, look, relayed(.alreadyCancelled)]),
        Story("not found by either", [responded(404, "{}"), responded(404, "{}")], [send, look, relayed(.unknownJob)]),
        Story(
            "the wrong entity, with any status", [responded(401, #"{"reasons":[{"code":90000020}]}"#)],
            [send, relayed(.wrongEntity)]),
        Story(
            "the wrong entity, although a 500 may mean anything", [responded(500, #"{"reasons":[{"code":90000020}]}"#)],
            [send, relayed(.wrongEntity)]),
        Story(
            "a 500, and the repeat is told that the entity is wrong",
            [responded(500), .pauseEnded, responded(401, #"{"reasons":[{"code":90000020}]}"#), responded(200, cancelledJob)],
            [send, .pause(.seconds(1)), send, look, relayed(.cancelled, .verification)]),
        Story(
            "a refusal that states its code twice",
            [responded(404, #"{"code":"50000040","code":"50000020"}"#), responded(200, completedJob)],
            [send, look, relayed(.alreadyFinished)]),
        Story(
            "a refusal that contains the cancelled job",
            [responded(400, #"{"errorCode":"90003","message":"x","status":"cancelled"}"#), responded(200, cancelledJob)],
            [send, look, relayed(.alreadyCancelled)]),
        Story(
            "a refusal that speaks of a job that is cancelled",
            [responded(400, #"{"status":"cancelled"}"#), responded(200, cancelledJob)],
            [send, look, relayed(.alreadyCancelled)]),
        Story("not permitted", [responded(403, #"{"code":50000010,"message":"x"}"#)], [send, relayed(.notPermitted)]),
        Story("the wrong entity", [responded(200, #"{"reasons":[{"code":90000020}]}"#)], [send, relayed(.wrongEntity)]),
        Story("a page of a load balancer", [responded(403, "<html><title>Denied</title></html>")], [send, relayed(.rejected)]),
        Story(
            "lock contention inside a 200, then it works",
            [responded(200, #"{"success":false,"reasons":[{"code":50000050}]}"#), .pauseEnded, responded(200, cancelledJob)],
            [send, .pause(.seconds(1)), send, relayed(.cancelled)]),
    ]

    @Test(arguments: stories)
    func `a cancel reports the job's real outcome`(story: Story) {
        var exchange = Exchange()
        #expect(exchange.run(story.events) == story.actions)
    }

    @Test func `the job is not verified again when the upstream asks for a longer wait than max_wait`() {
        var exchange = Exchange()
        let actions = exchange.run([lost, responded(503, retryAfter: .seconds(60))])
        #expect(actions.dropLast() == [send, lookAnew])
        #expect(problem(actions)?.type == "cancel-unverified")
    }

    @Test func `a job that ended otherwise is a 409 when there is no answer of Zuora's to relay`() {
        var exchange = Exchange()
        let problem = problem(exchange.run([lost, responded(200, completedJob)]))
        #expect(problem?.status == 409)
        #expect(problem?.outcome == .alreadyFinished)
    }

    @Test(
        arguments: [
            [lost, responded(403, #"{"code":50000010}"#)], [lost, tokenRefused, .tokenUnavailable(retryAfter: nil)],
            [lost, tokenRefused, .tokenReady, tokenRefused],
            [lost, responded(503), .pauseEnded, responded(503), .pauseEnded, responded(503), .pauseEnded, responded(503)],
            [.failed(AttemptFailure(.totalTimeout, requestSent: true)), responded(200), .pauseEnded, .deadlinePassed],
            [race, responded(200, notCancellable), responded(403, #"{"code":50000010}"#)],
            [lost, .failed(AttemptFailure(.breakerOpen, requestSent: false))], [lost, .deadlinePassed],
            [.deadlinePassed, .deadlinePassed],
            [lost, responded(200, executingJob), .pauseEnded, tokenRefused, .tokenReady, tokenRefused],
        ] as [[ExchangeEvent]])
    func `a cancel that cannot be verified is reported as possibly successful`(events: [ExchangeEvent]) {
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
        let problem = problem(exchange.run([lost, responded(200, executingJob)]))
        #expect(problem?.type == "cancel-unconfirmed")
        #expect(problem?.status == 504)
        #expect(problem?.detail.contains("executing") == true)
    }

    @Test(
        arguments: [
            ([responded(200, cancelledJob)], relayed(.cancelled, status: 200)),
            ([responded(200, notCancellable), responded(200, completedJob)], relayed(.alreadyFinished, status: 409)),
            (
                [responded(200, notCancellable), responded(200, cancelledJob)],
                relayed(.alreadyCancelled, .verification, status: 200)
            ),
            ([responded(200, unknownJobBody)], relayed(.unknownJob, status: 404)),
            ([responded(200, #"{"errorCode":"90009"}"#)], relayed(.notPermitted, status: 403)),
            ([responded(200, #"{"reasons":[{"code":90000020}]}"#)], relayed(.wrongEntity, status: 403)),
            ([responded(422, #"{"message":"x"}"#)], relayed(.rejected, status: 422)),
            // 404 would say that there is no such job.
            ([responded(404, "{}"), responded(200, executingJob)], relayed(.rejected, status: 409)),
            // Not the response that says that it still runs.
            ([responded(200, executingJob), responded(200, cancelledJob)], relayed(.cancelled, .verification, status: 200)),
            ([lost, responded(200, cancelledJob)], relayed(.cancelled, .verification, status: 200)),
            ([lost, responded(200, unknownJobBody)], relayed(.unknownJob, .verification, status: 404)),
        ] as [([ExchangeEvent], ExchangeAction)])
    func `a strict status says what happened`(events: [ExchangeEvent], last: ExchangeAction) {
        var exchange = Exchange(strict: true)
        #expect(exchange.run(events).last == last)
    }

    @Test func `a page becomes a problem under strict`() {
        var exchange = Exchange(strict: true)
        let problem = problem(exchange.run([responded(403, "<html><title>Access Denied</title></html>")]))
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
        responded(400, #"{"code":50000030,"message":"The job cannot be cancelled: its status is cancelled."}"#),
        responded(404, #"{"code":50000040,"message":"not found"}"#), responded(409, ""),
        responded(200, #"{"success":false,"reasons":[{"code":50000030,"message":"no"}]}"#),
    ])
    func `no refusal of a retry is trusted before the job is verified`(refusal: ExchangeEvent) {
        var exchange = Exchange()
        #expect(
            exchange.run([race, refusal, responded(200, cancelledJob)]) == [
                send, sendAnew, look, relayed(.cancelled, .verification),
            ])
    }

    @Test func `a look that no token is to be had for leaves Zuora's refusal with its meaning open`() {
        for event in [.tokenStands, .tokenUnavailable(retryAfter: nil)] as [ExchangeEvent] {
            var exchange = Exchange()
            #expect(exchange.run([responded(200, notCancellable), tokenRefused, event]).last == relayed(.unknown))
        }
    }

    @Test func `a success that cannot be read gives way to what the look at the job brought`() {
        var exchange = Exchange()
        var unreadable = UpstreamVerdict(outcome: .unknown)
        unreadable.shape = .unreadable
        unreadable.verification = .always
        var response = AttemptResponse(status: 200)
        response.verdict = unreadable
        let last = exchange.run([.responded(response), responded(200, cancelledJob)]).last
        #expect(last == .relay(RelayedResponse(.verification, outcome: .cancelled, status: nil)))
        var finished = Exchange()
        let problem = problem(finished.run([.responded(response), responded(200, completedJob)]))
        #expect(problem?.type == "job-finished" && problem?.outcome == .alreadyFinished)
    }

    @Test func `a refusal that cannot be decoded gives way to what the look at the job brought`() {
        var exchange = Exchange()
        var response = AttemptResponse(status: 404)
        var undecodable = UpstreamVerdict(outcome: .unknownJob)
        undecodable.isUndecodable = true
        undecodable.shape = .unreadable
        undecodable.verification = .always
        response.verdict = undecodable
        #expect(problem(exchange.run([.responded(response), responded(200, completedJob)]))?.type == "job-finished")
        let findings = [(responded(404, "{}"), CancelOutcome.unknownJob), (responded(200, cancelledJob), .alreadyCancelled)]
        for (finding, outcome) in findings {
            var other = Exchange()
            #expect(other.run([.responded(response), finding]).last == relayed(outcome, .verification))
        }
    }

    @Test(arguments: [
        #"{"errorCode":"90028","errorCode":"90003"}"#, #"{"errorCode":"90003","message":"x"}"#, #"{"status":"cancelled"}"#,
    ])
    func `a 429 is a rejection that heeds Retry-After, whatever its code says`(body: String) {
        var exchange = Exchange()
        #expect(exchange.run([responded(429, body, retryAfter: .seconds(3600))]) == [send, relayed(.rejected)])
        var timely = Exchange()
        #expect(timely.run([responded(429, body, retryAfter: .seconds(2))]) == [send, .pause(.milliseconds(2500))])
    }

    @Test func `a refusal with a word for its status is not taken for the job`() {
        var exchange = Exchange()
        #expect(exchange.run([responded(403, #"{"status":"error","message":"x"}"#)]) == [send, relayed(.notPermitted)])
    }

    @Test func `an empty success gives way to what the look at the job brought, unless its status says that it is empty`() {
        for (status, source) in [(200, RelayedResponse.Source.verification), (204, .attempt)] {
            var exchange = Exchange()
            #expect(exchange.run([responded(status), responded(200, cancelledJob)]).last == relayed(.cancelled, source))
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
        _ = cancel.on(responded(200, cancelledJob))
        #expect(!cancel.machine.outlivesCaller)
        var get = Exchange(kind: .plain)
        _ = get.run([lost])
        #expect(!get.machine.outlivesCaller)
    }

    @Test func `a verification is not sent with an expired token`() {
        var exchange = Exchange()
        _ = exchange.run([])
        exchange.machine.tokenGoodUntil = .at(1)
        exchange.now = .at(1)
        #expect(exchange.on(lost) == .refreshToken)
        #expect(exchange.machine.verifications == 0 && exchange.machine.outlivesCaller)
        exchange.machine.tokenGoodUntil = .distantFuture
        #expect(exchange.on(.tokenReady) == lookAnew)
        var without = Exchange()
        _ = without.run([])
        without.machine.tokenGoodUntil = .at(1)
        without.now = .at(1)
        _ = without.on(lost)
        #expect(problem([without.on(.tokenUnavailable(retryAfter: nil))])?.type == "cancel-unverified")
    }

    @Test func `a cancel that Zuora was too busy for is still carried out though its caller has gone`() {
        for response in [responded(429), tokenRefused] {
            var exchange = Exchange()
            _ = exchange.run([response])
            #expect(exchange.machine.outlivesCaller)
        }
    }

    @Test func `a success without the job's state is verified`() {
        var exchange = Exchange()
        #expect(exchange.run([responded(200, #"{"success":true,"message":"ok"}"#)]) == [send, look])
        #expect(exchange.on(responded(200, cancelledJob)) == relayed(.cancelled))
    }

    @Test func `an ambiguous refusal stays unknown if the deadline passes before the verification has its token`() {
        var exchange = Exchange()
        let actions = exchange.run([responded(200, notCancellable), tokenRefused, .deadlinePassed])
        #expect(actions == [send, look, .refreshToken, relayed(.unknown)])
    }
}
