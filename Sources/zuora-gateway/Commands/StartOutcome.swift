import Synchronization

/// How a start ended, told across threads.
final class StartOutcome: Sendable {
    private let state = Mutex<String?>(nil)

    var failure: String? { state.withLock { $0 } }

    func fail(_ reason: String) { state.withLock { $0 = reason } }
}
