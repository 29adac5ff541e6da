/// What a request head may cost.
public struct HeadLimits: Hashable, Sendable {
    /// Bytes of the whole head; more is a 431.
    public var head: Int
    /// Bytes of the request target; more is a 414.
    public var target: Int
    /// Field lines; more is a 431.
    public var fields: Int

    public init(head: Int = 32 << 10, target: Int = 8 << 10, fields: Int = 100) {
        self.head = head
        self.target = target
        self.fields = fields
    }
}
