import Wire

@testable import Policy

/// What must hold for the reader of the store's replies whatever the bytes: cuts change nothing, bounds are kept, what was read means the same
/// when written again, and what takes replies apart takes any. Checked by the fuzzer, and by a test over its corpus.
/// - Returns: what does not hold, or nil.
func storeReplyProperty(_ bytes: [UInt8]) -> String? {
    for (limit, depth) in [(1 << 16, 4), (64, 1)] {
        let whole = readReplies([bytes[...]], limit: limit, depth: depth)
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        var step = bytes.reduce(1) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
        while !rest.isEmpty {
            pieces.append(rest.prefix(step % 13 + 1))
            rest = rest.dropFirst(step % 13 + 1)
            step = (step &* 75 &+ 74) % 65537
        }
        let cut = readReplies(pieces, limit: limit, depth: depth)
        guard cut.values == whole.values else { return "cuts change what is read" }
        guard (cut.failure == nil) == (whole.failure == nil) else { return "cuts change what is refused" }

        var written: [UInt8] = []
        for value in whole.values {
            let before = written.count
            write(value, to: &written)
            guard written.count - before <= limit else { return "the limit is not kept" }
            guard nesting(value) <= depth else { return "the depth is not kept" }
            if case .error(let text) = value, let seed = StoreAddress(host: "seed", port: 6379) {
                var map = ClusterMap(isTLS: false)
                let redirect = map.redirect(StoreError(text), from: seed, key: "zg1:{k}", count: 0)
                if case .send(let node, _) = redirect, !node.isLoopback {
                    return "a redirect leaves this machine without TLS"
                }
            }
            if case .success(let master) = SentinelReply.master(value, isTLS: false), !master.isLoopback {
                return "a master is on another machine without TLS"
            }
            use(value)
        }
        let again = readReplies([written[...]], limit: limit, depth: depth)
        guard again.values == whole.values, again.failure == nil else {
            return "what was read means something else when written again"
        }
    }
    return nil
}

/// Has a member make what it makes of a reply, which must not end the process.
private func use(_ value: RESPValue) {
    let now = Instant(nanoseconds: 1_000_000_000_000)
    var random = SplitMix64(seed: 1)
    var lease = SlotLease(member: "me", settings: SlotLease.Settings(cap: 10, members: MemberCount.read(value) ?? 1))
    lease.waiting = 3
    if let report = lease.report(now), let reply = try? LeaseReply.read(value) {
        lease.replied(reply, to: report, now, using: &random)
        for _ in 0..<3 { _ = lease.start(now) }
        _ = lease.report(now + .seconds(9))
    }
    var rate = SharedRate(rate: 10)
    if rate.chunk("r", waiting: 1, now) != nil, let reply = RateReply(value) {
        rate.replied(reply, asked: now, now)
        _ = (rate.start(now), rate.chunk("r", waiting: 1, now))
    }
    var fetch = SharedFetch(member: "me", known: nil, rejected: false, isAwaited: true)
    if let reply = TokenQuestion.Reply(value) {
        _ = fetch.replied(reply, asked: now, now, using: &random)
        if case .token(let time, let facts, _) = reply {
            let reading = StoreReading(time: time, asked: now, received: now)
            _ = PoliteTiming().ahead(facts, reading, using: &random)
        }
    }
    if let turn = TokenTurn(value) {
        _ = fetch.replied(.fetch(turn.time, fence: 1, isAwaited: true), asked: now, now, using: &random)
        _ = fetch.turn(turn, asked: now, now, using: &random)
        _ = fetch.called(.token(goodUntil: now + .seconds(9), refreshAt: now), now)
    }
}

/// What the reader makes of bytes that come in pieces, up to the first failure.
func readReplies(_ pieces: [ArraySlice<UInt8>], limit: Int = 1 << 16, depth: Int = 4) -> (
    values: [RESPValue], failure: RESPReader.Failure?
) {
    var reader = RESPReader(limit: limit, depth: depth)
    var values: [RESPValue] = []
    for piece in pieces {
        reader.receive(piece)
        do throws(RESPReader.Failure) {
            while let value = try reader.next() { values.append(value) }
        } catch {
            return (values, error)
        }
    }
    return (values, nil)
}

private func write(_ value: RESPValue, to out: inout [UInt8]) {
    let end: [UInt8] = [0x0D, 0x0A]
    switch value {
    case .status(let text): out += [0x2B] + text + end
    case .error(let text): out += [0x2D] + text + end
    case .integer(let number): out += Array(":\(number)".utf8) + end
    case .bulk(let content): out += Array("$\(content.count)".utf8) + end + content + end
    case .null: out += Array("$-1".utf8) + end
    case .array(let values):
        out += Array("*\(values.count)".utf8) + end
        for value in values { write(value, to: &out) }
    }
}

private func nesting(_ value: RESPValue) -> Int {
    guard case .array(let values) = value else { return 0 }
    return 1 + (values.map(nesting).max() ?? 0)
}
