/// An id that asks for a fault: `fault-503-twice`, `fault-get-truncate`, `fault-all-slow-2s`, `fault-reset-after-send.17`.
///
/// On a job the fault strikes its cancel; with `get-` the reading of it, with `all-` both. On a file it strikes the download.
struct FaultName: Hashable {
    /// Which calls it strikes.
    var reach: Reach
    var effect: FaultEffect
    /// How many calls, counted for each id; nil is all of them.
    var times: Int?
    /// The effect as it was written.
    var name: String

    enum Reach { case cancel, get, all }

    init?(id: String) {
        let name = id.prefix { $0 != "." }
        guard name.hasPrefix("fault-") else { return nil }
        var rest = name.dropFirst(6)
        reach = .cancel
        if rest.hasPrefix("get-") {
            reach = .get
            rest = rest.dropFirst(4)
        } else if rest.hasPrefix("all-") {
            reach = .all
            rest = rest.dropFirst(4)
        }
        for (word, count) in [("-once", 1), ("-twice", 2), ("-thrice", 3)] where rest.hasSuffix(word) {
            times = count
            rest = rest.dropLast(word.utf8.count)
        }
        guard let effect = FaultEffect(named: rest) else { return nil }
        self.effect = effect
        self.name = String(rest)
    }

    /// Whether a call with this method is struck.
    func strikes(method: String, isFile: Bool) -> Bool {
        switch reach {
        case .all: true
        case .get: method == "GET"
        case .cancel: isFile ? method == "GET" : method == "DELETE"
        }
    }
}
