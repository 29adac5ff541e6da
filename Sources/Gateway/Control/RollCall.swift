/// Which members of a group respond before the time is up. Used on one loop.
final class RollCall {
    /// The members that have not responded.
    private(set) var silent: Set<Int>
    private var isOver = false
    private var waiting: CheckedContinuation<Void, Never>?

    init(of count: Int) { silent = Set(0..<count) }

    func answer(_ member: Int) {
        silent.remove(member)
        if silent.isEmpty { end() }
    }

    /// The time is up.
    func end() {
        isOver = true
        waiting.take()?.resume()
    }

    /// Suspends until all have responded, or `end`.
    func wait() async {
        if isOver || silent.isEmpty { return }
        await withCheckedContinuation { waiting = $0 }
    }
}
