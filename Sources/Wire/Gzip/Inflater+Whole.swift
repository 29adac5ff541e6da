extension Inflater {
    /// Decodes from the front of `input`, appending to `output` at most `maximumOutput` bytes, which must not be zero.
    ///
    /// When it throws, `output` may have grown by bytes that are not part of the body.
    /// - Throws: as `inflate(_:into:)`.
    public func inflate(
        _ input: Span<UInt8>, appendingTo output: inout [UInt8], maximumOutput: Int
    ) throws(GzipError) -> Progress {
        var result = Progress(consumed: 0, produced: 0, state: .outputFull)
        try output.append(addingCapacity: max(maximumOutput, 0)) { room throws(GzipError) in
            result = try inflate(input, into: &room)
        }
        return result
    }

    /// Decodes a whole body that is in memory. Forgets any other body under way.
    /// - Parameter maximumOutput: Bytes that the body may decode to, within `limits`.
    /// - Throws: as `inflate(_:into:)` and `finish()`.
    public func inflateWhole(_ body: Span<UInt8>, maximumOutput: Int) throws(GzipError) -> [UInt8] {
        reset()
        let maximum = min(max(maximumOutput, 0), .max - 1)
        var decoded: [UInt8] = []
        var rest = body
        while true {
            // JSON shrinks to a fifth or a sixth; a longer body takes further rounds. One byte above the maximum is asked for,
            // to tell a body that is too large from one that just fits.
            let room = min(max(min(rest.count, 64 << 10) * 6, 512), 64 << 10, maximum - decoded.count + 1)
            let progress = try inflate(rest, appendingTo: &decoded, maximumOutput: room)
            if decoded.count > maximum { throw .tooLarge }
            rest = rest.extracting(droppingFirst: progress.consumed)
            if progress.state != .outputFull { break }
        }
        try finish()
        return decoded
    }
}
