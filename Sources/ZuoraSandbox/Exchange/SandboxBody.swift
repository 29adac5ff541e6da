/// What a reply carries.
public enum SandboxBody: Sendable {
    case bytes([UInt8])
    /// Content made while it is sent, so that its size costs no memory.
    case synthetic(SyntheticContent)

    /// Bytes, before any coding that is applied while sending.
    public var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .synthetic(let content): content.count
        }
    }

    /// The bytes, if they are held in memory.
    public var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }
}
