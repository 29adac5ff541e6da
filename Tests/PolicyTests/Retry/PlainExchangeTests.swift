import Policy
import Testing
import Wire

/// Routes whose responses are relayed.
@Suite struct PlainExchangeTests {
    @Test func `a success is relayed without being read`() {
        var exchange = Exchange(kind: .download)
        #expect(exchange.run([.responded(AttemptResponse(status: 200))]) == [send, relayed(nil)])
        #expect(exchange.machine.sends == 1)
    }

    @Test func `the last response is relayed when attempts are exhausted`() {
        var exchange = Exchange(kind: .plain)
        let actions = exchange.run([
            responded(503), .pauseEnded, responded(500), .pauseEnded, responded(502), .pauseEnded, responded(503),
        ])
        #expect(actions == [send, .pause(.seconds(1)), send, .pause(.seconds(2)), send, .pause(.seconds(4)), send, relayed(nil)])
        #expect(exchange.machine.sends == 4)
    }

    @Test func `a submit is never sent twice once it may have arrived`() {
        for event in [
            lost, race, .failed(AttemptFailure(.firstByteTimeout, requestSent: true)), responded(503), responded(504),
            responded(500),
        ] {
            var exchange = Exchange(kind: .plain, idempotent: false)
            let actions = exchange.run([event])
            #expect(actions.count == 2 && actions[1].isFinal, "\(event)")
        }
        var unsentExchange = Exchange(kind: .plain, idempotent: false)
        #expect(unsentExchange.run([unsent, .pauseEnded]) == [send, .pause(.seconds(1)), send])
    }

    @Test func `a page passes in relay mode and becomes a problem under strict`() {
        let page = responded(404, "<html><title>Not here</title></html>")
        var relay = Exchange(kind: .plain)
        #expect(relay.run([page]).last == relayed(nil))
        var strict = Exchange(kind: .plain, strict: true)
        let shown = problem(strict.run([page]))
        #expect(shown?.status == 404)
        #expect(shown?.outcome == nil)
        #expect(shown?.detail.contains("Not here") == true)
    }

    @Test(arguments: AttemptFailure.Cause.allCases)
    func `every failure has one clear response`(cause: AttemptFailure.Cause) {
        for isSent in [true, false] {
            var exchange = Exchange(kind: .plain, idempotent: false, attempts: 1)
            let problem = problem(exchange.run([.failed(AttemptFailure(cause, requestSent: isSent))]))
            let expected = cause.limit != nil ? 504 : [.breakerOpen, .resources, .stopped].contains(cause) ? 503 : 502
            #expect(problem?.status == expected)
            if let limit = cause.limit { #expect(problem?.type == "timeout-\(limit.rawValue)") }
            #expect(problem?.mayHaveReached == isSent)
            #expect(problem?.detail.contains("may have reached") == isSent)
            #expect(problem?.proxyError == cause.proxyError)
        }
    }

    @Test func `a token that was refused and cannot be replaced is a 503`() {
        var exchange = Exchange(kind: .plain)
        let unavailable = problem(exchange.run([tokenRefused, .tokenUnavailable(retryAfter: .seconds(7))]))
        #expect(unavailable?.status == 503)
        #expect(unavailable?.retryAfter == .seconds(7))
        var bodyGone = Exchange(kind: .plain, idempotent: false, replayable: false)
        let refused = problem(bodyGone.run([tokenRefused]))
        #expect(refused?.status == 503)
        #expect(refused?.type == "not-replayable")
        #expect(bodyGone.machine.leavesTokenRefused && !exchange.machine.leavesTokenRefused)
    }

    @Test func `a retry prevented only by the body's size is reported`() {
        let events: [(ExchangeEvent, isProblem: Bool)] = [
            (unsent, true), (race, true), (tokenRefused, true), (responded(429), false), (responded(503), false),
        ]
        for (event, isProblem) in events {
            var large = Exchange(kind: .plain, replayable: false)
            let problem = problem(large.run([event]))
            #expect(large.machine.wasNotReplayable, "\(event)")
            #expect(problem?.detail.contains("too large to") ?? !isProblem, "\(event)")
            var small = Exchange(kind: .plain)
            _ = small.run([event])
            #expect(!small.machine.wasNotReplayable, "\(event)")
        }
        for event in [responded(200), responded(404), .failed(AttemptFailure(.certificate, requestSent: false))] {
            var large = Exchange(kind: .plain, replayable: false)
            _ = large.run([event])
            #expect(!large.machine.wasNotReplayable, "\(event): nothing was to be repeated")
        }
    }

    @Test func `the deadline ends whatever is under way`() {
        let stories: [([ExchangeEvent], Deadline.Limit)] = [
            ([.deadlinePassed], .total), ([tokenRefused, .deadlinePassed], .token), ([unsent, .deadlinePassed], .total),
        ]
        for (events, limit) in stories {
            var exchange = Exchange(kind: .plain, idempotent: false)
            #expect(problem(exchange.run(events))?.type == "timeout-\(limit.rawValue)")
        }
        var busy = Exchange(kind: .plain)
        #expect(busy.run([responded(429), .deadlinePassed]).last == relayed(nil))
    }

    @Test func `a step that is due after the deadline is not taken`() {
        var exchange = Exchange(kind: .plain, timeout: .seconds(5))
        _ = exchange.run([unsent])
        exchange.now = .at(5)
        let last = exchange.on(.pauseEnded)
        #expect(problem([last])?.status == 504)
    }

    @Test func `events after the end do nothing`() {
        var exchange = Exchange()
        _ = exchange.run([responded(200, cancelledJob)])
        for event in [
            ExchangeEvent.started, lost, responded(200), .pauseEnded, .tokenReady, .deadlinePassed,
            .tokenUnavailable(retryAfter: nil),
        ] {
            let action = exchange.on(event)
            #expect(action == .none)
        }
    }

    static let tokenTrouble = responded(401, #"{"message":"Failed to get user info"}"#)

    @Test func `what Zuora refused for its load or its token, it has not executed`() {
        let busy = responded(429)
        let noConnection = ExchangeEvent.failed(AttemptFailure(.certificate, requestSent: false))
        let stories: [(String, [ExchangeEvent], isReplayable: Bool)] = [
            ("upstream-tls", [busy, .pauseEnded, noConnection], true),
            ("upstream-tls", [tokenRefused, .tokenReady, noConnection], true),
            ("not-replayable", [tokenRefused], false),
            ("token-unavailable", [tokenRefused, .tokenUnavailable(retryAfter: nil)], true),
            ("timeout-token", [tokenRefused, .deadlinePassed], true),
            ("gateway-stopping", [tokenRefused, .stopping], true),
            ("authentication-trouble", [Self.tokenTrouble], false),
        ]
        for (type, events, isReplayable) in stories {
            for kind in [RouteSettings.Kind.plain, .aquaCancel] {
                var exchange = Exchange(kind: kind, idempotent: kind.isCancel, replayable: isReplayable)
                let end = problem(exchange.run(events))
                #expect(end?.type == type)
                #expect(end?.mayHaveReached == false, "\(type) \(kind)")
                #expect(end?.detail.contains("may have") == false, "\(type) \(kind)")
            }
        }
        for first in [responded(503), responded(500), lost] {
            var exchange = Exchange(kind: .plain)
            let end = problem(exchange.run([first, .pauseEnded, tokenRefused, .tokenUnavailable(retryAfter: nil)]))
            #expect(end?.mayHaveReached == true, "an earlier attempt may have been executed")
        }
    }

    @Test func `a token that expires before the request is sent is replaced first`() {
        var exchange = Exchange(kind: .plain)
        exchange.machine.tokenGoodUntil = .at(9)
        #expect(exchange.run([responded(503, retryAfter: .seconds(9))]) == [send, .pause(.seconds(10))])
        exchange.now = .at(9)
        #expect(exchange.on(.pauseEnded) == .refreshToken)
        #expect(exchange.machine.sends == 1)
        exchange.machine.tokenGoodUntil = .distantFuture
        #expect(exchange.on(.tokenReady) == send)
        // The one replacement of a rejected token has not been spent.
        #expect(exchange.on(tokenRefused) == .refreshToken)
    }

    @Test func `without a token in the place of the expired one, the request ends`() {
        let endings: [(ExchangeEvent, String)] = [
            (.tokenUnavailable(retryAfter: .seconds(7)), "token-unavailable"), (.deadlinePassed, "timeout-token"),
        ]
        for (event, type) in endings {
            var exchange = Exchange(kind: .plain)
            _ = exchange.run([unsent])
            exchange.machine.tokenGoodUntil = .at(1)
            exchange.now = .at(1)
            #expect(exchange.on(.pauseEnded) == .refreshToken)
            let end = problem([exchange.on(event)])
            #expect(end?.type == type && end?.mayHaveReached == false)
            #expect(end?.detail.contains("rejected") == false)
        }
        // What Zuora last said is of more use than that there was no time for another token.
        for event in [ExchangeEvent.stopping, .deadlinePassed] {
            var exchange = Exchange(kind: .plain)
            _ = exchange.run([responded(503)])
            exchange.machine.tokenGoodUntil = .at(1)
            exchange.now = .at(1)
            #expect(exchange.on(.pauseEnded) == .refreshToken)
            #expect(exchange.on(event) == relayed(nil))
        }
    }
}
