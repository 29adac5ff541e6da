import FleetModel
import Policy

/// What the simulations must show for every seed. The book is kept by the simulated upstream.
func simulate(seeds: Int) -> Int {
    var failures = 0
    for (name, line) in lines {
        var worst: [String: Double] = [:]
        for seed in 1...UInt64(max(seeds, 1)) {
            for figure in line(seed) {
                worst[figure.name] = max(worst[figure.name] ?? -.infinity, figure.isLeast ? -figure.value : figure.value)
                guard !figure.holds else { continue }
                failures += 1
                print("FAILED: \(name), seed \(seed): \(figure.name) is \(figure.value), the bound is \(figure.bound)")
            }
        }
        let figures = worst.sorted { $0.key < $1.key }.map { "\($0.key) \(rounded(abs($0.value)))" }
        print("\(name): \(figures.joined(separator: ", "))")
    }
    print("\(seeds) seeds, \(failures) failures")
    return failures
}

private func rounded(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : "\((value * 1000).rounded() / 1000)"
}

/// A number, and what it may be at most or at least. The worst of all seeds is shown.
private struct Figure {
    var name: String
    var value: Double
    var bound: Double
    var isLeast = false
    var holds: Bool { isLeast ? value >= bound : value <= bound }
}

private func most(_ name: String, _ value: some BinaryInteger, _ bound: Double) -> Figure {
    Figure(name: "most " + name, value: Double(value), bound: bound)
}

private func longest(_ name: String, _ value: Double, _ bound: Double = .infinity) -> Figure {
    Figure(name: "longest " + name, value: value, bound: bound)
}

private func least(_ name: String, _ value: Double, _ bound: Double) -> Figure {
    Figure(name: "least " + name, value: value, bound: bound, isLeast: true)
}

private let lines: [(String, @Sendable (UInt64) -> [Figure])] = [
    (
        "1,000 members, 3 credentials, cold start within 10 s",
        { seed in
            let result = TokenSimulation.run(TokenSimulation.Plan(), seed: seed)
            return [
                most("token calls a credential", result.callsEach.max() ?? 0, 1), most("failed", result.failed, 0),
                longest("wait in s", result.longestWait, 4),
            ]
        }
    ),
    (
        "the first fetcher of each credential dies in its call",
        { seed in
            var plan = TokenSimulation.Plan()
            plan.fetcherDies = true
            let result = TokenSimulation.run(plan, seed: seed)
            return [
                most("token calls a credential", result.callsEach.max() ?? 0, 2), most("failed", result.failed, 0),
                longest("wait in s", result.longestWait, 15),
            ]
        }
    ),
    (
        "1,000 members, 3 credentials, until each has replaced its tokens twice",
        { seed in
            var plan = TokenSimulation.Plan()
            plan.tokenLife = 600
            // The fourth tokens are due at about 1,260 s.
            plan.span = 1200
            let result = TokenSimulation.run(plan, seed: seed)
            return [
                most("token calls a credential", result.callsEach.max() ?? 0, 3), most("failed", result.failed, 0),
                most("tokens that ended before their successor", result.lapsed, 0),
                least("successors", Double(result.refreshed), 6000),
            ]
        }
    ),
    (
        "1,000 members, 200 credentials, 5 each",
        { seed in
            var plan = TokenSimulation.Plan()
            plan.credentials = 200
            plan.credentialsEach = 5
            plan.span = 300
            let result = TokenSimulation.run(plan, seed: seed)
            return [
                most("token calls a credential", result.callsEach.max() ?? 0, 1),
                most("token calls in 60 s", result.mostPerMinute, 98),
                most("failed", result.failed, 0), longest("wait in s", result.longestWait),
            ]
        }
    ),
    (
        "1,000 members with 1 credential and without the store, members = 1000",
        { seed in
            var plan = TokenSimulation.Plan()
            plan.credentials = 1
            plan.credentialsEach = 1
            plan.connected = 0
            plan.knownMembers = 1000
            plan.span = 1100
            let result = TokenSimulation.run(plan, seed: seed)
            return [most("token calls in 60 s", result.mostPerMinute, 100), most("failed", result.failed, 0)]
        }
    ),
    ("10 of 1,000 members hot, demand 3 x cap 40", { slots($0, use: 20, 90) }),
    (
        "1,000 members hot, one caller each",
        {
            slots($0, use: 20, 200) {
                $0.hotMembers = 1000
                $0.callersEach = 1
                $0.span = 200
            }
        }
    ),
    (
        "60 members whose callers come and go in bursts",
        {
            slots($0, use: 20, 90, least: 0) {
                $0.hotMembers = 60
                $0.callersEach = 6
                $0.callTime = 0.01...0.3
                $0.pause = 0...2
            }
        }
    ),
    (
        "10 % of 10 hot members crash, their calls go on",
        {
            slots($0, use: 167, 200) {
                $0.fault = .crash(share: 0.1)
                $0.span = 200
            }
        }
    ),
    (
        "10 % of 100 hot members crash, their calls go on",
        {
            slots($0, use: 167, 200) {
                $0.hotMembers = 100
                $0.callersEach = 2
                $0.fault = .crash(share: 0.1)
                $0.span = 200
            }
        }
    ),
    ("3 of 10 hot members stand still for 30 s", { slots($0, use: 75, 90) { $0.fault = .stop(share: 0.3, seconds: 30) } }),
    ("fail-over, the last second lost", { slots($0, use: 45, 90) { $0.fault = .failOver(lost: 1) } }),
    ("the store's clock put forward by an hour", { slots($0, use: 45, 90) { $0.fault = .clock(3600) } }),
    ("the store's clock put back by an hour", { slots($0, use: 45, 90) { $0.fault = .clock(-3600) } }),
    ("the lane's keys gone", { slots($0, use: 45, 90) { $0.fault = .flush } }),
    (
        "10 members hot, slots held for 0 s after a crash",
        {
            slots($0, use: 20, 90) {
                $0.members = 10
                $0.hold = .zero
            }
        }
    ),
    (
        "the store's clock put forward by 5 s more than slots are held",
        {
            slots($0, use: 55, 90) {
                $0.hold = .seconds(10)
                $0.callTime = 0.3...8
                $0.fault = .clock(15)
            }
        }
    ),
    (
        "10 members hot, `local`",
        {
            slots($0, use: 20, 90) {
                $0.members = 10
                $0.whenLost = .local
                $0.callTime = 0.3...8
            }
        }
    ),
    (
        "10 members whose callers come and go, `local`",
        {
            slots($0, use: 20, 90, least: 0) {
                $0.members = 10
                $0.callersEach = 4
                $0.callersOfFirst = 30
                $0.whenLost = .local
                $0.callTime = 2...9
                $0.pause = 0...4
            }
        }
    ),
    ("no store for 20 s", { slots($0, use: 65, 90) { $0.fault = .outage(seconds: 20) } }),
    (
        "5 of 10 members whose callers come and go get no replies for 20 s",
        {
            slots($0, use: 65, 90, least: 0) {
                $0.callersEach = 5
                $0.callTime = 0.01...2
                $0.pause = 0...0.5
                $0.fault = .mute(share: 0.5, seconds: 20)
            }
        }
    ),
]

private func slots(
    _ seed: UInt64, use from: Double, _ to: Double, least use: Double = 0.9,
    _ change: (inout SlotSimulation.Plan) -> Void = { _ in }
) -> [Figure] {
    var plan = SlotSimulation.Plan()
    change(&plan)
    let result = SlotSimulation.run(plan, seed: seed)
    return [
        most("in flight of 40", result.peak, 40), least("use of the cap", result.use(from, to), use),
        longest("wait in s", result.longestWait), most("commands a second", result.storeCommands / Int(plan.span), 3000),
    ]
}
