import Glibc
import Policy
import Wire

/// Every kind of reply that a server gives, read as what it must be.
func realReplies(_ connection: StoreConnection) -> Int {
    var failures = 0
    func expect(_ parts: [String], _ matches: (RESPValue) -> Bool) {
        connection.send(StoreCommand.bytes(parts))
        let reply = connection.receive()
        guard !matches(reply) else { return }
        failures += 1
        print("DIFFERENT: \(parts.joined(separator: " ")) is read as \(reply)")
    }
    func isError(_ reply: RESPValue, _ kind: StoreError) -> Bool {
        guard case .error(let text) = reply else { return false }
        return StoreError(text) == kind
    }
    let bytes = Array("line\r\nwith + - $ * : and \u{0} and é".utf8)
    let text = String(decoding: bytes, as: UTF8.self)
    expect(["PING"]) { $0 == .status(Array("PONG".utf8)) }
    expect(["ECHO", ""]) { $0 == .bulk([]) }
    expect(["ECHO", text]) { $0 == .bulk(bytes) }
    expect(["SET", "reply", text]) { $0 == .status(Array("OK".utf8)) }
    expect(["GET", "reply"]) { $0 == .bulk(bytes) }
    expect(["GET", "no such key"]) { $0 == .null }
    expect(["STRLEN", "reply"]) { $0 == .integer(Int64(bytes.count)) }
    expect(["EVAL", "return -9223372036854775807 - 1", "0"]) { if case .integer = $0 { true } else { false } }
    expect(["LRANGE", "no such key", "0", "-1"]) { $0 == .array([]) }
    expect(["EVAL", "return {1, {2, 'x', {}}, false, {ok = 'fine'}}", "0"]) {
        $0 == .array([.integer(1), .array([.integer(2), .bulk([0x78]), .array([])]), .null, .status(Array("fine".utf8))])
    }
    expect(["EVAL", "return {redis.error_reply('CODE words'), 5}", "0"]) {
        $0 == .array([.error(Array("CODE words".utf8)), .integer(5)])
    }
    expect(["EVAL", "return string.rep('x', 300000)", "0"]) { $0 == .bulk(Array(repeating: 0x78, count: 300_000)) }
    expect(["MULTI"]) { $0 == .status(Array("OK".utf8)) }
    expect(["EXEC"]) { $0 == .array([]) }
    expect(["BLPOP", "no such key", "0.01"]) { $0 == .null }
    expect(["EVALSHA", String(repeating: "0", count: 40), "0"]) { isError($0, .unknownScript) }
    expect(["AUTH", "no", "such user"]) { isError($0, .unauthenticated) }
    expect(["NO SUCH COMMAND"]) { isError($0, .other("ERR")) }
    expect(["HGET", "reply", "field"]) { isError($0, .other("WRONGTYPE")) }
    expect(["INFO", "server"]) { reply in
        guard case .bulk(let text) = reply else { return false }
        return String(decoding: text, as: UTF8.self).contains("run_id:")
    }
    expect(["DEL", "reply"]) { $0 == .integer(1) }
    print("21 kinds of replies from a real server: \(failures) differences")
    return failures
}

/// The commands that docs/fleet.md has an ACL user be allowed, on the keys of the fleet alone: each script must run with no more.
func restrictedUser(_ administrator: StoreConnection, port: Int) -> Int {
    let allowed = [
        "eval", "evalsha", "ping", "info", "time", "del", "exists", "pexpire", "hget", "hmget", "hset", "hdel", "zadd", "zrem",
        "zcard",
        "zrank", "zrange", "zrangebyscore", "zremrangebyscore", "asking",
    ]
    let rules = ["reset", "on", ">password", "~zg1:*"] + allowed.map { "+" + $0 }
    administrator.send(StoreCommand.bytes(["ACL", "SETUSER", "zg"] + rules))
    guard administrator.receive() == .status(Array("OK".utf8)), let user = StoreConnection(port: port),
        user.run("AUTH", "zg", "password") == .status(Array("OK".utf8))
    else { FleetProbe.fail("no user with rights of its own") }
    var failures = 0
    let settings = SlotLease.Settings(cap: 3)
    var rate = SharedRate(rate: 5)
    let facts = TokenRecordFacts(generation: 1, expiry: StoreTime(microseconds: 5), refresh: StoreTime(microseconds: 4))
    let lane = ["zg1:{l}", "zg1:{l}:w", "zg1:{l}:x"]
    // Twice, as the second report meets the first, and a third that waits.
    let reports = [("a", 1), ("a", 2), ("b", 3)].map { member, seq in
        LeaseReport(member: member, seq: Int64(seq), want: 9, keep: 3, settings: settings).call(lane, run: "r")
    }
    let calls = [
        TokenQuestion(member: "a", known: nil, rejected: false, isAwaited: true).call("zg1:{c}"),
        facts.publication("zg1:{c}", sealed: [1]),
        TokenRecordFacts.failure("zg1:{c}", fence: 1, delay: .seconds(1), kind: "x"), TokenTurn.call("zg1:{e}", isAwaited: true),
        rate.pause("zg1:{r}", for: .seconds(1), kind: "x", .now()), MemberCount.call("zg1:{m}", member: "a"),
    ]
    for call in calls + [rate.chunk("zg1:{r}", waiting: 1, .now())].compactMap(\.self) + reports {
        user.send(call.command(whole: true))
        guard case .error(let text) = user.receive() else { continue }
        failures += 1
        print("DIFFERENT: \(call.script.name) may not run: \(String(decoding: text, as: UTF8.self))")
    }
    user.send(StoreCommand.bytes(["GET", "another"]))
    if case .error(let text) = user.receive(), StoreError(text) == .forbidden {} else { failures += 1 }
    print("every script as a user with the documented rights: \(failures) refused")
    return failures
}

/// Reads frames from standard input until its end: the number of bytes and where they are cut in two, each as 4 bytes in network order, then
/// the bytes. Writes one line of JSON a frame: the replies, and how it ended.
func parseFrames() {
    var input: [UInt8] = []
    while true {
        let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = max(0, read(STDIN_FILENO, buffer.baseAddress, buffer.count))
        }
        if chunk.isEmpty { break }
        input += chunk
    }
    var offset = 0
    func number() -> Int? {
        guard input.count - offset >= 4 else { return nil }
        defer { offset += 4 }
        return input[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    while let count = number(), let cut = number(), count <= input.count - offset {
        let bytes = input[offset..<offset + count]
        offset += count
        var reader = RESPReader(limit: 1 << 16, depth: 6)
        var replies: [String] = []
        var end = ""
        for piece in [bytes.prefix(cut), bytes.dropFirst(cut)] where end.isEmpty {
            reader.receive(piece)
            do throws(RESPReader.Failure) {
                while let value = try reader.next() { replies.append(json(value)) }
            } catch {
                end = "\(error)"
            }
        }
        if end.isEmpty { end = reader.isIdle ? "idle" : "incomplete" }
        print(#"{"replies":[\#(replies.joined(separator: ","))],"end":"\#(end)"}"#)
    }
}

private func json(_ value: RESPValue) -> String {
    func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
    switch value {
    case .status(let text): return #"{"status":"\#(hex(text))"}"#
    case .error(let text): return #"{"error":"\#(hex(text))"}"#
    case .integer(let number): return #"{"integer":"\#(number)"}"#
    case .bulk(let bytes): return #"{"bulk":"\#(hex(bytes))"}"#
    case .array(let values): return #"{"array":[\#(values.map(json).joined(separator: ","))]}"#
    case .null: return #"{"null":0}"#
    }
}
