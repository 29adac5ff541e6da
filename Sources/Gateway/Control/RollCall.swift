/// What the members of a group respond before the time is up. Used on one loop.
final class RollCall<Answer> {
    /// By member; nil: it has not responded.
    private(set) var answers: [Answer?]
    private var missing: Int
    private var isOver = false
    private var waiting: CheckedContinuation<Void, Never>?

    init(of count: Int) {
        answers = Array(repeating: nil, count: count)
        missing = count
    }

    /// The members that have not responded.
    var silent: [Int] { answers.indices.filter { answers[$0] == nil } }

    func answer(_ member: Int, _ answer: Answer) {
        guard answers.indices.contains(member), answers[member] == nil else { return }
        answers[member] = answer
        missing -= 1
        if missing == 0 { end() }
    }

    /// The time is up.
    func end() {
        isOver = true
        waiting.take()?.resume()
    }

    /// Suspends until all have responded, or `end`.
    func wait() async {
        if isOver || missing == 0 { return }
        await withCheckedContinuation { waiting = $0 }
    }
}
