import Policy

/// What the scripts cost a server: the mean time of a call, many in one go, so that the way there does not count.
func costs(_ connection: StoreConnection) {
    let calls = 20_000
    let lane = ["l", "l:w", "l:x"]
    func report(_ member: Int, seq: Int) -> ScriptCall {
        var settings = SlotLease.Settings(cap: 40)
        // Nothing ends meanwhile.
        settings.life = .seconds(600)
        let keep = member < 40 ? 1 : 0
        return LeaseReport(member: "member-\(member)", seq: Int64(seq), want: 3, keep: keep, settings: settings).call(
            lane, run: "r")
    }
    func measure(_ name: String, _ call: (Int) -> ScriptCall) {
        let duration = ContinuousClock().measure {
            for start in stride(from: 0, to: calls, by: 100) {
                connection.send((start..<start + 100).flatMap { call($0).command() })
                for _ in 0..<100 {
                    if case .error(let text) = connection.receive() { FleetProbe.fail(String(decoding: text, as: UTF8.self)) }
                }
            }
        }
        print("\(name): \((duration / calls).components.attoseconds / 1_000_000_000_000) us a call")
    }
    _ = connection.run("FLUSHALL")
    for script in FleetScript.all { _ = connection.run("SCRIPT", "LOAD", script.source) }
    for members in [10, 40, 1000] {
        _ = connection.run("FLUSHALL")
        measure("LEASE, \(members) members of a lane of 40") { report($0 % members, seq: $0 + 1) }
    }
    let question = TokenQuestion(member: "a", known: nil, rejected: false, isAwaited: true).call("c")
    measure("TOKEN") { _ in question }
    measure("BUDGET") { _ in TokenTurn.call("e", isAwaited: true) }
    measure("RATE") { _ in ScriptCall(.rate, keys: ["r"], ["10", "1200", "833"]) }
}
