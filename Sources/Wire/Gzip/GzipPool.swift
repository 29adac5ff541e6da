/// Idle coders of one worker, reused to avoid allocations per body.
///
/// Not Sendable: a pool and its coders stay with their worker. The worker limits how many are lent at once (one
/// per transfer); the pool limits idle ones.
public final class GzipPool {
    public let limits: InflateLimits
    public let shape: DeflateShape
    /// The maximum of idle coders of each kind; further ones are freed.
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
    /// - Parameter limits: the bounds of this body; nil for the pool's.
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

    /// Inflates complete gzip content.
    /// - Throws: `tooLarge` beyond `maximumOutput` bytes, and what makes the content malformed.
    public func inflated(_ content: Span<UInt8>, maximumOutput: Int) throws(GzipError) -> [UInt8] {
        let inflater = try takeInflater()
        defer { giveBack(inflater) }
        return try inflater.inflateWhole(content, maximumOutput: maximumOutput)
    }

    /// Complete content as gzip.
    public func deflated(_ content: Span<UInt8>) throws(GzipError) -> [UInt8] {
        let deflater = try takeDeflater()
        defer { giveBack(deflater) }
        return try deflater.deflateWhole(content)
    }

    /// Returns an inflater in any state. It must not be used afterwards.
    public func giveBack(_ inflater: Inflater) {
        assert(!inflaters.contains { $0 === inflater }, "returned twice")
        guard inflaters.count < capacity else { return }
        inflater.reset()
        inflaters.append(inflater)
    }

    /// Returns a deflater in any state. It must not be used afterwards.
    public func giveBack(_ deflater: Deflater) {
        assert(!deflaters.contains { $0 === deflater }, "returned twice")
        guard deflaters.count < capacity else { return }
        deflater.reset()
        deflaters.append(deflater)
    }
}
