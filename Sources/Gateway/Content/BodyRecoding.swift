import Network
import Wire

/// A stretch of a streamed body coded anew, in bounded slices between which other connections get their turn: a bomb cannot hold the
/// loop.
extension Gateway {
    /// Bytes of output made at a time.
    private static let slice = 64 << 10
    /// Input after which others have their turn, though it made no slice of output.
    private static let turn = 16 << 10

    /// Decodes `input`.
    /// - Parameters:
    ///   - output: working memory, kept from one stretch to the next.
    ///   - write: takes what was made; false ends the work.
    /// - Returns: false when `write` wanted no more.
    /// - Throws: `GzipError`, and what `write` throws.
    func inflate(
        _ input: [UInt8], _ inflater: Inflater, by output: inout [UInt8], to write: ([UInt8]) async throws -> Bool
    ) async throws -> Bool {
        var offset = 0
        var state = Progress.State.outputFull
        while offset < input.count || state == .outputFull {
            output.removeAll(keepingCapacity: true)
            let progress = try inflater.inflate(
                input.span.extracting(offset...), appendingTo: &output, maximumOutput: Self.slice)
            offset += progress.consumed
            state = progress.state
            if !output.isEmpty, try await !write(output) { return false }
            if state == .outputFull { await reactor.yield() }
            if progress.consumed == 0, progress.produced == 0 { break }
        }
        if input.count >= Self.turn { await reactor.yield() }
        return true
    }

    /// Codes `input`; as `inflate`. Others have their turn by what goes in, too: a megabyte of repetitive text makes little output.
    func deflate(
        _ input: [UInt8], _ deflater: Deflater, _ flush: Deflater.Flush, by output: inout [UInt8],
        to write: ([UInt8]) async throws -> Bool
    ) async throws -> Bool {
        var offset = 0
        repeat {
            let end = min(offset + Self.slice, input.count)
            var state = Progress.State.outputFull
            while state == .outputFull {
                output.removeAll(keepingCapacity: true)
                let progress = try deflater.deflate(
                    input.span.extracting(offset..<end), appendingTo: &output, maximumOutput: Self.slice,
                    flush: end == input.count ? flush : .none)
                offset += progress.consumed
                state = progress.state
                if !output.isEmpty, try await !write(output) { return false }
                if state == .outputFull { await reactor.yield() }
            }
            if input.count >= Self.turn { await reactor.yield() }
        } while offset < input.count
        return true
    }
}
