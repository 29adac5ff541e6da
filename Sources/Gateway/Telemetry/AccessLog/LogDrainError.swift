/// The system had no descriptor or no thread to give.
public struct LogDrainError: Error, Hashable, Sendable {
    /// The call that failed.
    public var call: String
    /// An errno.
    public var code: Int32
}
