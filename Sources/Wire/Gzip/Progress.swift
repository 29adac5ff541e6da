/// What one call of a coder did.
public struct Progress: Hashable, Sendable {
    /// Bytes taken from the front of the input. What is left has to be given again.
    public var consumed: Int
    /// Bytes added to the output.
    public var produced: Int
    /// What the coder wants next.
    public var state: State

    public init(consumed: Int, produced: Int, state: State) {
        self.consumed = consumed
        self.produced = produced
        self.state = state
    }

    public enum State: Hashable, Sendable {
        /// The output is full and more may be pending: call again with room, and with the input that is left, even if that
        /// is none.
        case outputFull
        /// All input is consumed, and all that it decodes or encodes to is written.
        case needsInput
        /// As `needsInput`, and the stream may end here. An inflater has read a whole member, and takes further input as the
        /// next one; a deflater has written its trailer, and is at rest until `reset()`.
        case finished
    }
}
