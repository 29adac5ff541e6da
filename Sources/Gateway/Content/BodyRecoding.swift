import Network
import Wire

/// Streamed content is recoded in bounded slices and yields in between, so that a decompression bomb cannot block the loop.
private enum Slice {
    /// Bytes of output produced at a time.
    static let output = 64 << 10
    /// Input after which it yields even without a full slice of output.
    static let input = 16 << 10
}

extension Inflater {
    /// Decodes a chunk of streamed content.
    /// - Parameters:
    ///   - output: working memory, reused between chunks.
    ///   - write: consumes the output; returning false ends the work.
    /// - Returns: false if `write` returned false.
    /// - Throws: `GzipError`, and what `write` throws.
    func inflate(
        _ input: [UInt8], by output: inout [UInt8], on reactor: Reactor, to write: ([UInt8]) async throws -> Bool
    ) async throws -> Bool {
        var offset = 0
        var state = Progress.State.outputFull
        while offset < input.count || state == .outputFull {
            output.removeAll(keepingCapacity: true)
            let progress = try inflate(input.span.extracting(offset...), appendingTo: &output, maximumOutput: Slice.output)
            offset += progress.consumed
            state = progress.state
            if !output.isEmpty, try await !write(output) { return false }
            if state == .outputFull { await reactor.yield() }
            if progress.consumed == 0, progress.produced == 0 { break }
        }
        if input.count >= Slice.input { await reactor.yield() }
        return true
    }
}

extension Deflater {
    /// Compresses a chunk of streamed content; as `Inflater.inflate`. It also yields depending on input: a megabyte of repetitive
    /// text produces little output.
    func deflate(
        _ input: [UInt8], _ flush: Flush, by output: inout [UInt8], on reactor: Reactor,
        to write: ([UInt8]) async throws -> Bool
    ) async throws -> Bool {
        var offset = 0
        repeat {
            let end = min(offset + Slice.output, input.count)
            var state = Progress.State.outputFull
            while state == .outputFull {
                output.removeAll(keepingCapacity: true)
                let progress = try deflate(
                    input.span.extracting(offset..<end), appendingTo: &output, maximumOutput: Slice.output,
                    flush: end == input.count ? flush : .none)
                offset += progress.consumed
                state = progress.state
                if !output.isEmpty, try await !write(output) { return false }
                if state == .outputFull { await reactor.yield() }
            }
            if input.count >= Slice.input { await reactor.yield() }
        } while offset < input.count
        return true
    }
}
