import Synchronization

/// Whether the process serves: written by the control loop, read by the workers.
final class ProcessStage: Sendable {
    private let serving = Atomic<Bool>(false)

    /// From the end of the start to the beginning of a drain.
    var isServing: Bool {
        get { serving.load(ordering: .relaxed) }
        set { serving.store(newValue, ordering: .relaxed) }
    }
}
