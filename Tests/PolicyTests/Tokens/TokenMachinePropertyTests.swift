import Testing
import Wire

@testable import Policy

/// Whatever happens in whatever order, the promises hold.
@Suite struct TokenMachinePropertyTests {
    private static let failures: [TokenFailure] = [
        TokenFailure(.unavailable, status: 503), TokenFailure(.wrongSecret, status: 401), TokenFailure(.malformedResponse(.html)),
        TokenFailure(.rateLimited, status: 429, retryAfter: .seconds(90)), TokenFailure(.unreachable(.resolve)),
    ]

    /// What the world outside knows of a machine.
    private struct World {
        var machine = TokenMachine()
        var dice: SplitMix64
        var now = TokenKit.at(0)
        var inFlight: FetchTicket?
        var begun = TokenKit.at(0)
        /// When each token really dies, by its text.
        var expiries: [String: Instant] = [:]
        /// Tokens in whose stead a fresh one was called for.
        var condemned: Set<TokenVersion> = []
        var served: [Token] = []
        var fetchTimes: [Instant] = []

        init(seed: UInt64) { dice = SplitMix64(seed: seed) }

        mutating func start(_ ticket: FetchTicket?) {
            guard let ticket else { return }
            #expect(inFlight == nil, "two fetches in flight")
            inFlight = ticket
            begun = now
            fetchTimes.append(now)
        }

        mutating func took(_ reply: TokenReply) {
            switch reply {
            case .serve(let token):
                #expect(now < token.goodUntil)
                #expect(now < expiries[token.text] ?? TokenKit.at(-1), "a dead token was served")
                #expect(!condemned.contains(token.version), "a rejected token was served")
                served.append(token)
            case .wait:
                let isPutOff = machine.nextTimer(after: now).map { $0 <= now + machine.timing.patience } ?? false
                #expect(inFlight != nil || isPutOff, "a caller waits for nothing")
            case .refuse(_, let retryAfter):
                #expect(retryAfter >= .zero && retryAfter <= .seconds(3605))
            }
        }

        mutating func end(success: Bool) {
            guard let ticket = inFlight else { return }
            inFlight = nil
            if success {
                let life = Double.random(in: 1...4000, using: &dice)
                let text = "t\(ticket.number)"
                // The endpoint issues it some time after the fetch began.
                expiries[text] = begun + .seconds(life)
                machine.fetched(TokenKit.grant(text, life: life), ticket, now, using: &dice)
            } else {
                machine.failed(TokenMachinePropertyTests.failures.randomElement(using: &dice)!, ticket, now, using: &dice)
            }
        }

        mutating func tick() {
            // The machine gives a lost fetch up before it starts another.
            if now >= begun + machine.timing.fetchLimit { inFlight = nil }
            start(machine.tick(now, using: &dice))
            if let next = machine.nextTimer(after: now) { #expect(next > now, "the timer would spin") }
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `random events never break a promise`(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<2000 {
            let longJump = Int.random(in: 0..<100, using: &world.dice) == 0
            world.now =
                world.now
                + .nanoseconds(Int64.random(in: 0...(longJump ? 8_000_000_000_000 : 20_000_000_000), using: &world.dice))
            // A driver's timer comes now and then late, but before anything else that happens later.
            if let next = world.machine.nextTimer(after: world.now), next <= world.now { world.tick() }
            switch Int.random(in: 0..<10, using: &world.dice) {
            case 0..<4:
                let reaction = world.machine.request(world.now, needs: .seconds(Int.random(in: 0...130, using: &world.dice)))
                world.start(reaction.fetch)
                world.took(reaction.reply)
            case 4..<6: world.end(success: true)
            case 6: world.end(success: false)
            case 7:
                guard let token = world.served.suffix(5).randomElement(using: &world.dice) else { continue }
                let reaction = world.machine.rejected(token.version, world.now)
                if world.machine.usable(world.now) == nil { world.condemned.insert(token.version) }
                world.start(reaction.fetch)
                world.took(reaction.reply)
                if let other = reaction.reply.token { #expect(other.version > token.version) }
            default: world.tick()
            }
        }
        #expect(!world.served.isEmpty)
        // However it stands, a caller that keeps asking gets a token, once the endpoint works.
        world.end(success: false)
        let patience = world.now + .seconds(3700)
        while world.now < patience {
            world.now = world.now + .seconds(5)
            world.tick()
            let reaction = world.machine.request(world.now)
            world.start(reaction.fetch)
            world.end(success: true)
            if world.machine.usable(world.now) != nil { break }
        }
        #expect(world.machine.usable(world.now) != nil)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `constant rejection of every token is bounded to four fetches in any minute`(seed: UInt64) {
        var world = World(seed: seed)
        while world.now < TokenKit.at(1800) {
            world.now = world.now + .milliseconds(Int.random(in: 1...500, using: &world.dice))
            world.tick()
            for _ in 0..<3 {
                let reaction = world.machine.request(world.now)
                world.start(reaction.fetch)
                if let token = reaction.reply.token { world.start(world.machine.rejected(token.version, world.now).fetch) }
            }
            if let ticket = world.inFlight {
                world.inFlight = nil
                world.machine.fetched(TokenKit.grant("t\(ticket.number)"), ticket, world.now, using: &world.dice)
            }
        }
        let times = world.fetchTimes
        for time in times {
            #expect(times.filter { $0 >= time && $0 < time + .seconds(60) }.count <= 4)
        }
        #expect(times.filter { $0 > TokenKit.at(150) }.count <= 28)
        #expect(times.count > 20)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `an endpoint that always fails is called a few times a minute, however many callers ask`(seed: UInt64) {
        var world = World(seed: seed)
        while world.now < TokenKit.at(3600) {
            world.now = world.now + .milliseconds(200)
            world.tick()
            let reaction = world.machine.request(world.now)
            world.start(reaction.fetch)
            if let ticket = world.inFlight {
                world.inFlight = nil
                world.machine.failed(TokenFailure(.unavailable), ticket, world.now, using: &world.dice)
            }
        }
        #expect(world.fetchTimes.count < 240)
        #expect(world.fetchTimes.count > 60)
    }

    @Test func `an idle gateway makes two token calls, not one per hour forever`() {
        var world = World(seed: 1)
        world.start(world.machine.request(world.now).fetch)
        while world.now < TokenKit.at(86_400) {
            if let ticket = world.inFlight {
                world.inFlight = nil
                world.machine.fetched(TokenKit.grant("t\(ticket.number)"), ticket, world.now, using: &world.dice)
            }
            world.now = world.now + .seconds(30)
            world.tick()
        }
        #expect(world.fetchTimes.count == 2)
    }
}
