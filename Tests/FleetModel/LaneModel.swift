import Policy

extension StoreModel {
    /// A lane of slots.
    struct Lane {
        private var clock = Clock()
        private var run: String?
        private var learn: Int64 = 0
        private var total: Int64 = 0
        private var held: Int64 = 0
        private var active: Int64 = 0
        private var records: [String: Record] = [:]
        private var waiting = SortedMembers()
        private var changes = SortedMembers()

        private struct Record {
            var slots: Int64
            var want: Int64
            var seq: Int64
            var expiry: Int64
            var hold: Int64
            var isLive: Bool
        }

        mutating func report(_ a: Arguments, _ wall: Int64) -> RESPValue {
            var (now, last) = clock.read(wall)
            let (me, run, seq, cap) = (a.text(0), a.text(1), a.integer(2), a.integer(3))
            let (keep, life, hold) = (a.integer(5), a.integer(6), a.integer(7))
            var want = a.integer(4)
            if changes.count == 0, self.run != nil {
                self = Lane()
                (now, last) = clock.read(wall)
            }
            let gap = (now - last) * 2 - life
            if self.run != run || records.values.contains(where: { $0.slots > 0 && gap > $0.hold * 2 }) { learn = now + life }
            self.run = run
            sweep(now)

            let mine = records[me]
            if let mine, seq < mine.seq { return reply("stale", now, []) }
            if let mine { leave(mine) }
            want = max(want, keep)
            let wants: Int64 = want > 0 ? 1 : 0
            let fair = max(1, cap / max(1, active + wants))
            let free = cap - total - held
            var ahead: Int64 = 0
            for id in waiting.first(Int(2 * cap + 1)) {
                if id == me || ahead >= free { break }
                if let other = records[id] { ahead += max(0, min(other.want, fair) - other.slots) }
            }
            var use = max(0, min(want, free - ahead))
            let isLearning = now < learn
            if isLearning { use = keep }
            let grant = max(keep, use)
            total += grant
            active += wants
            put(me, Record(slots: grant, want: want, seq: seq, expiry: now + life, hold: hold, isLive: true))
            var again = Double(life) / 3
            if use < min(want, fair) {
                waiting.insert(me, now)
                let rounds = Double(1 + Int64(waiting.rank(me)) / cap)
                again = min(Double(life) / 6, Double(life) / 60 * rounds)
            } else {
                waiting.remove(me)
                if use < want || waiting.count > 0 { again = Double(life) / 12 }
            }
            if isLearning { again = min(Double(life) / 12, Double(learn - now)) }
            return reply(
                "lease", now, [grant, use, total, held, Int64(again), learn].map { .integer($0) })
        }

        /// DEL of one of its keys.
        mutating func forget(_ key: String) {
            switch key.suffix(2) {
            case ":w": waiting = SortedMembers()
            case ":x": changes = SortedMembers()
            default:
                var rest = Lane()
                (rest.waiting, rest.changes) = (waiting, changes)
                self = rest
            }
        }

        private mutating func sweep(_ now: Int64) {
            for id in changes.members(through: now) {
                waiting.remove(id)
                guard var record = records[id] else { continue }
                leave(record)
                if record.isLive, record.slots > 0, record.expiry + record.hold > now {
                    held += record.slots
                    (record.want, record.expiry, record.isLive) = (0, record.expiry + record.hold, false)
                    put(id, record)
                } else {
                    records[id] = nil
                    changes.remove(id)
                }
            }
        }

        private mutating func put(_ id: String, _ record: Record) {
            records[id] = record
            changes.remove(id)
            changes.insert(id, record.expiry)
        }

        private mutating func leave(_ record: Record) {
            guard record.isLive else {
                held -= record.slots
                return
            }
            total -= record.slots
            if record.slots > 0 || record.want > 0 { active -= 1 }
        }
    }
}

/// Members in the order of a score, then of their names: a sorted set of the store.
struct SortedMembers {
    private var order: [(score: Int64, member: String)] = []
    private var scores: [String: Int64] = [:]

    var count: Int { order.count }

    /// Keeps the score of a member that is there already.
    mutating func insert(_ member: String, _ score: Int64) {
        guard scores[member] == nil else { return }
        scores[member] = score
        order.insert((score, member), at: place(score, member))
    }

    mutating func remove(_ member: String) {
        guard let score = scores.removeValue(forKey: member) else { return }
        order.remove(at: place(score, member))
    }

    func rank(_ member: String) -> Int { scores[member].map { place($0, member) } ?? 0 }

    func first(_ count: Int) -> [String] { order.prefix(count).map(\.member) }

    func members(through score: Int64) -> [String] { order.prefix { $0.score <= score }.map(\.member) }

    private func place(_ score: Int64, _ member: String) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if (order[middle].score, order[middle].member) < (score, member) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
