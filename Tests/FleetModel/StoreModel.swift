import Policy

/// The store as the scripts see it, in plain Swift: the same calls, the same replies. It is held against the scripts on real servers
/// (Tests/Conformance/fleet), so that a simulation on it says something about them.
public struct StoreModel {
    private var credentials: [String: Credential] = [:]
    private var budgets: [String: Budget] = [:]
    private var lanes: [String: Lane] = [:]
    private var rates: [String: Rate] = [:]
    private var members: [String: [String: Int64]] = [:]
    /// Commands since the beginning.
    public private(set) var commands = 0

    public init() {}

    /// Runs a script.
    /// - Parameter wall: the time of the store's machine, in microseconds.
    public mutating func run(_ call: ScriptCall, wall: Int64) -> RESPValue {
        commands += 1
        guard let key = call.keys.first else { return .error(Array("ERR no key".utf8)) }
        let arguments = Arguments(call.arguments)
        switch call.script {
        case .token: return credentials[key, default: Credential()].ask(arguments, wall)
        case .publish: return credentials[key, default: Credential()].publish(arguments, wall)
        case .fail: return credentials[key, default: Credential()].fail(arguments, wall)
        case .budget: return budgets[key, default: Budget()].take(arguments, wall)
        case .lease: return lanes[key, default: Lane()].report(arguments, wall)
        case .rate: return rates[key, default: Rate()].take(arguments, wall)
        case .pause: return rates[key, default: Rate()].pause(arguments, wall)
        case .members:
            let life = arguments.integer(1)
            var counted = members[key, default: [:]].filter { $0.value > wall && $0.value <= wall + life }
            counted[arguments.text(0)] = wall + life
            members[key] = counted
            return reply("members", wall, [.integer(Int64(counted.count))])
        default: return .error(Array("ERR unknown script".utf8))
        }
    }

    /// DEL.
    public mutating func forget(_ key: String) {
        credentials[key] = nil
        budgets[key] = nil
        let lane = key.hasSuffix(":w") || key.hasSuffix(":x") ? String(key.dropLast(2)) : key
        lanes[lane]?.forget(key)
        rates[key] = nil
        members[key] = nil
    }

    struct Arguments {
        let values: [[UInt8]]
        init(_ values: [[UInt8]]) { self.values = values }
        func text(_ index: Int) -> String { String(decoding: values[index], as: UTF8.self) }
        func integer(_ index: Int) -> Int64 { Int64(text(index)) ?? 0 }
    }

    /// A hash's own clock.
    struct Clock {
        private var last: Int64 = 0
        private var skew: Int64 = 0

        /// - Returns: now, and what it was at the last call.
        mutating func read(_ wall: Int64) -> (now: Int64, last: Int64) {
            let before = last
            if wall + skew < before { skew = before - wall }
            last = wall + skew
            return (last, before)
        }
    }

    private struct Credential {
        var clock = Clock()
        var token: [UInt8]?
        var generation = ""
        var expiry: Int64 = 0
        var refresh: Int64 = 0
        var born: Int64 = 0
        var isBad = false
        var owner = ""
        var fence: Int64 = 0
        var until: Int64 = 0
        var isUrgent = false
        var notBefore: Int64 = 0
        var kind = ""
        var rejections = 0
        var forced: Int64 = 0

        mutating func ask(_ a: Arguments, _ wall: Int64) -> RESPValue {
            let (now, _) = clock.read(wall)
            let (me, known, reject, waits, lock) = (a.text(0), a.text(1), a.text(2), a.text(3) == "wait", a.integer(4))
            if !reject.isEmpty, reject == generation, !isBad {
                var count = rejections
                if now - born >= 300_000_000 { count = 0 }
                if count > 0 {
                    let off = forced + min(60, 10 << Int64(min(count - 1, 8))) * 1_000_000
                    if off > now, off > notBefore { (notBefore, kind) = (off, "rejected") }
                }
                isBad = true
                rejections = count + 1
                forced = max(now, notBefore)
            }
            if let token, !isBad, generation != known, expiry > now {
                return reply("token", now, [.integer(Int64(generation) ?? 0), .integer(expiry), .integer(refresh), .bulk(token)])
            }
            if until > now {
                if waits { isUrgent = true }
                guard owner == me else { return reply("wait", now, [.integer(until)]) }
                until = now + lock
                return reply("fetch", now, [.integer(fence), .integer(isUrgent ? 1 : 0)])
            }
            if notBefore > now { return reply("hold", now, [.integer(notBefore), .bulk(Array(kind.utf8))]) }
            fence = max(fence + 1, now)
            isUrgent = waits
            owner = me
            until = now + lock
            return reply("fetch", now, [.integer(fence), .integer(isUrgent ? 1 : 0)])
        }

        mutating func publish(_ a: Arguments, _ wall: Int64) -> RESPValue {
            let (now, _) = clock.read(wall)
            guard fence > 0, a.text(0) == "\(fence)" else { return reply("refused", now, []) }
            token = a.values[3]
            (generation, expiry, refresh, born, isBad) = (a.text(0), a.integer(1), a.integer(2), now, false)
            (owner, until, isUrgent, notBefore, kind) = ("", 0, false, 0, "")
            return reply("published", now, [])
        }

        mutating func fail(_ a: Arguments, _ wall: Int64) -> RESPValue {
            let (now, _) = clock.read(wall)
            guard fence > 0, a.text(0) == "\(fence)" else { return reply("refused", now, []) }
            (owner, until, isUrgent) = ("", 0, false)
            if a.integer(1) > 0 { (notBefore, kind) = (now + a.integer(1), a.text(2)) }
            return reply("noted", now, [])
        }
    }

    private struct Budget {
        var clock = Clock()
        var tat: Int64 = 0
        var pre: Int64 = 0

        mutating func take(_ a: Arguments, _ wall: Int64) -> RESPValue {
            let (now, _) = clock.read(wall)
            let (isAwaited, interval, burst) = (a.text(0) == "wait", a.integer(1), a.integer(2))
            let half = max(1, burst / 2)
            let at =
                isAwaited
                ? max(now, tat - (burst - 1) * interval) : max(now, tat - (half - 1) * interval, pre - (half - 1) * 2 * interval)
            guard at - now <= (isAwaited ? a.integer(3) : 0) else { return reply("later", now, [.integer(at)]) }
            tat = max(tat, now) + interval
            if !isAwaited { pre = max(pre, now) + 2 * interval }
            return reply("go", now, [.integer(at)])
        }
    }

    private struct Rate {
        var clock = Clock()
        var tat: Int64 = 0
        var pauseUntil: Int64 = 0
        var kind = ""
        var pace: Int64 = 0
        var paceUntil: Int64 = 0

        mutating func take(_ a: Arguments, _ wall: Int64) -> RESPValue {
            let (now, _) = clock.read(wall)
            let want = a.integer(0)
            var (interval, burst) = (a.integer(1), a.integer(2))
            var tat = max(self.tat, now)
            if paceUntil > now, pace > interval {
                (interval, burst) = (pace, 1)
            } else if interval > 0 {
                tat = min(tat, now + burst * interval)
            }
            var (granted, at) = (want, now)
            if pauseUntil > now {
                (granted, at) = (0, pauseUntil)
            } else if interval > 0 {
                granted = max(0, min(want, burst - (tat - now + interval - 1) / interval))
                tat += granted * interval
                at = max(now, tat - (burst - 1) * interval)
                self.tat = tat
            }
            let kind = pauseUntil > now ? kind : ""
            return reply("rate", now, [.integer(granted), .integer(at), .integer(pauseUntil), .bulk(Array(kind.utf8))])
        }

        mutating func pause(_ a: Arguments, _ wall: Int64) -> RESPValue {
            let (now, _) = clock.read(wall)
            let (delay, interval, span) = (a.integer(0), a.integer(2), a.integer(3))
            if delay > 0, now + delay > pauseUntil { (pauseUntil, kind) = (now + delay, a.text(1)) }
            if interval > 0 {
                pace = paceUntil > now ? max(interval, pace) : interval
                paceUntil = now + span
            }
            return reply("paused", now, [.integer(pauseUntil)])
        }
    }
}

func reply(_ word: String, _ now: Int64, _ rest: [RESPValue]) -> RESPValue {
    .array([.bulk(Array(word.utf8)), .integer(now)] + rest)
}
