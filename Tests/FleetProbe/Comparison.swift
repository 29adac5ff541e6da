import FleetModel
import Policy
import Wire

/// The scripts on a server and their model, given the same random calls: every reply must be the same.
///
/// First with a clock that the calls bring along, so that days pass in seconds and clocks are set back and forth; then the scripts as they
/// are, on the server's own clock, by EVALSHA with a cache that is emptied now and then.
final class Comparison {
    private let connection: StoreConnection
    private var random: SplitMix64
    private var calls: RandomCalls
    private var failures = 0
    /// The scripts' digests once they take the time from their last two arguments.
    private var digests: [FleetScript: [UInt8]] = [:]

    init(_ connection: StoreConnection, seed: UInt64) {
        self.connection = connection
        random = SplitMix64(seed: seed)
        calls = RandomCalls(seed: seed &+ 1)
    }

    func run(operations: Int) -> Int {
        _ = connection.run("FLUSHALL")
        withTimeOfTheirOwn(operations)
        print("\(operations) operations on a clock of their own: \(failures) differences; \(calls.summary)")
        calls = RandomCalls(seed: random.next())
        _ = connection.run("FLUSHALL")
        _ = connection.run("SCRIPT", "FLUSH")
        let unknown = withTheServersTime(operations / 10)
        print(
            "\(operations / 10) operations on the server's clock, \(unknown) scripts sent whole: \(failures) differences in all")
        return failures
    }

    // MARK: With a clock of their own

    private func withTimeOfTheirOwn(_ operations: Int) {
        for script in FleetScript.all {
            let source = script.source.replacing("redis.call('TIME')", with: "{ARGV[#ARGV - 1], ARGV[#ARGV]}")
            guard case .bulk(let digest) = connection.run("SCRIPT", "LOAD", source) else {
                FleetProbe.fail("the server does not take the script \(script.name)")
            }
            digests[script] = digest
        }
        var model = StoreModel()
        var wall: Int64 = 1_700_000_000_000_000
        var done = 0
        while done < operations {
            var expected: [(RESPValue, String)] = []
            var bytes: [UInt8] = []
            for _ in 0..<min(200, operations - done) {
                wall = max(wall + step(), 1_000_000)
                if Int.random(in: 0..<300, using: &random) == 0 {
                    let key = calls.someKey()
                    model.forget(key)
                    StoreCommand.append([Array("DEL".utf8), Array(key.utf8)], to: &bytes)
                    expected.append((.null, "DEL \(key)"))
                }
                let call = calls.next(wall)
                let reply = model.run(call, wall: wall)
                calls.note(reply, call)
                expected.append((reply, describe(call, wall)))
                let head =
                    [Array("EVALSHA".utf8), digests[call.script] ?? []]
                    + (["\(call.keys.count)"] + call.keys).map { Array($0.utf8) }
                let time = ["\(wall / 1_000_000)", "\(wall % 1_000_000)"].map { Array($0.utf8) }
                StoreCommand.append(head + call.arguments + time, to: &bytes)
                done += 1
            }
            connection.send(bytes)
            for (reply, call) in expected {
                let actual = connection.receive()
                if reply != .null, actual != reply { report(call, reply, actual) }
            }
        }
    }

    /// Mostly a little later, sometimes much, and sometimes a clock that is set.
    private func step() -> Int64 {
        switch Int.random(in: 0..<1000, using: &random) {
        case 0..<550: 0
        case 550..<600: .random(in: 0...1000, using: &random)
        case 600..<700: .random(in: 0...1_000_000, using: &random)
        // Whole seconds, so that ends are met exactly.
        case 700..<900: .random(in: 0...3, using: &random) * 1_000_000
        case 900..<990: .random(in: 0...8_000_000, using: &random)
        case 990..<994: .random(in: 0...300_000_000, using: &random)
        case 994..<996: .random(in: 0...7_200_000_000, using: &random)
        case 996..<998: -.random(in: 0...1_000_000, using: &random)
        default: -.random(in: 0...3_600_000_000, using: &random)
        }
    }

    // MARK: With the server's time

    private func withTheServersTime(_ operations: Int) -> Int {
        var model = StoreModel()
        var unknown = 0
        calls.shorten(by: 100)
        for number in 0..<operations {
            if number % 500 == 0 { _ = connection.run("SCRIPT", "FLUSH") }
            let call = calls.next(0)
            connection.send(call.command())
            var actual = connection.receive()
            if case .error(let text) = actual, StoreError(text) == .unknownScript {
                unknown += 1
                connection.send(call.command(whole: true))
                actual = connection.receive()
            }
            // The model is told what time it was.
            guard case .array(let parts) = actual, parts.count >= 2, case .integer(let time) = parts[1] else {
                report(describe(call, 0), .null, actual)
                continue
            }
            let reply = model.run(call, wall: time)
            calls.note(reply, call)
            if actual != reply { report(describe(call, time), reply, actual) }
        }
        return unknown
    }

    private func describe(_ call: ScriptCall, _ wall: Int64) -> String {
        "\(call.script.name) \(call.keys.first ?? "") \(call.arguments.map { String(decoding: $0, as: UTF8.self) }) at \(wall)"
    }

    private func report(_ call: String, _ expected: RESPValue, _ actual: RESPValue) {
        failures += 1
        guard failures <= 5 else { return }
        if case .error(let text) = actual {
            print("DIFFERENT: \(call)\n  server: \(String(decoding: text, as: UTF8.self))")
        } else {
            print("DIFFERENT: \(call)\n  model:  \(expected)\n  server: \(actual)")
        }
    }
}

/// Random calls on few keys by few members, with the numbers that earlier replies have brought, true and stale.
struct RandomCalls {
    private var random: SplitMix64
    private var generations: [String: [Int64]] = [:]
    private var fences: [String: [Int64]] = [:]
    private var seqs: [String: Int64] = [:]
    private var run = 1
    private var scale: Int64 = 1
    private var words: [String: Int] = [:]

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// How often each reply was given.
    var summary: String { words.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ") }

    /// All times are shorter by that factor.
    mutating func shorten(by factor: Int64) { scale = factor }

    private mutating func number(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &random) }

    private mutating func microseconds(_ seconds: ClosedRange<Double>) -> Int64 {
        Int64(Double.random(in: seconds, using: &random) * 1e6) / scale
    }

    private mutating func oneIn(_ count: Int64) -> Bool { number(1...count) == 1 }

    mutating func someKey() -> String {
        ["c1", "c2", "e", "l1", "l1:w", "l1:x", "l2", "l2:w", "l2:x", "r", "m"].randomElement(using: &random) ?? "m"
    }

    mutating func next(_ now: Int64) -> ScriptCall {
        let member = "m\(number(1...7))"
        let credential = "c\(number(1...2))"
        switch number(1...20) {
        case 1...4:
            let known = generations[credential]?.randomElement(using: &random).map { "\($0)" } ?? ""
            let (holds, rejects) = (!oneIn(3), oneIn(3))
            return ScriptCall(
                .token, keys: [credential],
                [member, holds ? known : "", rejects ? known : "", oneIn(2) ? "wait" : "ahead", "\(10_000_000 / scale)"])
        case 5:
            let sealed = (0..<number(0...60)).map { _ in UInt8(truncatingIfNeeded: number(0...255)) }
            let expiry = (now == 0 ? number(1...4_000_000_000_000_000) : now) + microseconds(1...900)
            return ScriptCall(
                .publish, keys: [credential],
                bytes: [fence(credential), "\(expiry)", "\(expiry - 100)"].map { Array($0.utf8) } + [sealed])
        case 6:
            let kind = ["wrong-secret", "rate-limited", "", "two words\r\n"].randomElement(using: &random) ?? ""
            return ScriptCall(.fail, keys: [credential], [fence(credential), "\(oneIn(3) ? 0 : microseconds(0...30))", kind])
        case 7...8:
            return ScriptCall(
                .budget, keys: ["e"],
                [
                    oneIn(2) ? "wait" : "ahead", "\(769_231 / scale)", "\([1, 2, 5, 20].randomElement(using: &random) ?? 1)",
                    "\(microseconds(0...6))",
                ])
        case 9...16:
            let lane = oneIn(3) ? "l2" : "l1"
            let seq = (seqs[lane + member] ?? 0) + (oneIn(20) ? -1 : 1)
            seqs[lane + member] = max(seq, 0)
            if oneIn(2000) { run += 1 }
            let want = oneIn(4) ? 0 : number(0...9)
            let keep = oneIn(3) ? number(0...3) : 0
            let cap = oneIn(50) ? number(1...12) : 6
            let life = oneIn(20) ? 2_000_000 : 6_000_000
            let hold = oneIn(2) ? 20_000_000 : [0, 1_000_000, 5_000_000].randomElement(using: &random) ?? 0
            return ScriptCall(
                .lease, keys: [lane, lane + ":w", lane + ":x"],
                [member, "run\(run)"] + [max(seq, 0), cap, want, keep, Int64(life) / scale, Int64(hold) / scale].map(String.init))
        case 17...18:
            return ScriptCall(
                .rate, keys: ["r"], ["\(number(0...30))", "\(oneIn(5) ? 0 : number(500...300_000))", "\(number(1...50))"])
        case 19:
            return ScriptCall(
                .pause, keys: ["r"],
                [
                    "\(oneIn(2) ? 0 : microseconds(0...10))", oneIn(2) ? "rate-limited" : "quota",
                    "\(oneIn(2) ? 0 : number(1...500_000))", "\(microseconds(0...20))",
                ])
        default: return ScriptCall(.members, keys: ["m"], [member, "\(microseconds(5...60))"])
        }
    }

    private mutating func fence(_ credential: String) -> String {
        let known = fences[credential] ?? []
        return "\(oneIn(4) ? known.randomElement(using: &random) ?? 7 : known.last ?? 0)"
    }

    /// Learns from a reply.
    mutating func note(_ reply: RESPValue, _ call: ScriptCall) {
        guard case .array(let parts) = reply, case .bulk(let word)? = parts.first, let key = call.keys.first else { return }
        let name = String(decoding: word, as: UTF8.self)
        words[name, default: 0] += 1
        guard parts.count > 2, case .integer(let value) = parts[2] else { return }
        if name == "fetch" {
            generations[key, default: []].append(value)
            fences[key, default: []].append(value)
            if fences[key, default: []].count > 5 { fences[key]?.removeFirst() }
        }
        if generations[key, default: []].count > 6 { generations[key]?.removeFirst() }
    }
}
