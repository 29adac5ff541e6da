extension Deflater {
    /// Encodes from the front of `input`, appending to `output` at most `maximumOutput` bytes, which must not be zero.
    /// - Throws: as `deflate(_:into:flush:)`.
    public func deflate(
        _ input: Span<UInt8>, appendingTo output: inout [UInt8], maximumOutput: Int, flush: Flush
    ) throws(GzipError) -> Progress {
        var result = Progress(consumed: 0, produced: 0, state: .outputFull)
        try output.append(addingCapacity: max(maximumOutput, 0)) { room throws(GzipError) in
            result = try deflate(input, into: &room, flush: flush)
        }
        return result
    }

    /// Encodes a whole body that is in memory. Forgets any other body under way.
    public func deflateWhole(_ body: Span<UInt8>) throws(GzipError) -> [UInt8] {
        reset()
        var encoded: [UInt8] = []
        var rest = body
        while true {
            let room = min(rest.count / 2 + 64, 64 << 10)
            let progress = try deflate(rest, appendingTo: &encoded, maximumOutput: room, flush: .finish)
            rest = rest.extracting(droppingFirst: progress.consumed)
            if progress.state == .finished { return encoded }
        }
    }
}
