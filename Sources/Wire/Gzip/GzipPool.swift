/// Idle coders of one worker, so that a body costs no allocation of theirs.
///
/// Not Sendable: a pool and what it lends stay with their worker. How many are lent at once is the worker's to bound (it is
/// one a transfer); the pool bounds how many lie idle.
public final class GzipPool {
    public let limits: InflateLimits
    public let shape: DeflateShape
    /// Coders of each kind that are kept; those given back beyond it are freed.
    public let capacity: Int

    private var inflaters: [Inflater] = []
    private var deflaters: [Deflater] = []

    public init(capacity: Int = 16, limits: InflateLimits = InflateLimits(), shape: DeflateShape = DeflateShape()) {
        self.capacity = max(capacity, 0)
        self.limits = limits
        self.shape = shape
    }

    public var idleInflaters: Int { inflaters.count }
    public var idleDeflaters: Int { deflaters.count }

    /// An inflater ready for a body.
    /// - Parameter limits: the bounds of this body; nil for the pool's own.
    /// - Throws: `outOfMemory`.
    public func takeInflater(limits: InflateLimits? = nil) throws(GzipError) -> Inflater {
        let limits = limits ?? self.limits
        guard let idle = inflaters.popLast() else { return try Inflater(limits: limits) }
        if idle.limits != limits { idle.reset(limits: limits) }
        return idle
    }

    /// A deflater ready for a body.
    /// - Throws: `outOfMemory`.
    public func takeDeflater() throws(GzipError) -> Deflater {
        if let idle = deflaters.popLast() { return idle }
        return try Deflater(shape: shape)
    }

    /// Takes an inflater back, whatever state it is in. The giver must not use it any more.
    public func giveBack(_ inflater: Inflater) {
        assert(!inflaters.contains { $0 === inflater }, "given back twice")
        guard inflaters.count < capacity else { return }
        inflater.reset()
        inflaters.append(inflater)
    }

    /// Takes a deflater back, whatever state it is in. The giver must not use it any more.
    public func giveBack(_ deflater: Deflater) {
        assert(!deflaters.contains { $0 === deflater }, "given back twice")
        guard deflaters.count < capacity else { return }
        deflater.reset()
        deflaters.append(deflater)
    }
}
