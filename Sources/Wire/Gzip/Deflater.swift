import CZlib

/// Encodes one body after another as a single gzip member each (RFC 1952), in slices of the caller's choosing.
///
/// The same body, cut into the same slices, gives the same bytes: the header carries no time and no name. `reset()` keeps all
/// memory, and allocates nothing.
public final class Deflater {
    public let shape: DeflateShape

    private let stream: ZlibStream
    private var phase = Phase.open

    private enum Phase {
        case open
        /// The trailer is asked for: no more input.
        case finishing
        case finished
        case failed
    }

    /// What becomes of input that zlib still holds for a better encoding.
    public enum Flush: Hashable, Sendable {
        /// It waits for more.
        case none
        /// It is written out, so that the reader gets all that was given so far. Costs a few bytes, and worse encoding.
        case block
        /// It is written out, and the trailer after it. Once asked for, every further call must ask for it too, with no further
        /// input beyond what a call left unconsumed, until the state is `finished`.
        case finish
    }

    /// - Throws: `outOfMemory`.
    public init(shape: DeflateShape = DeflateShape()) throws(GzipError) {
        self.shape = shape
        stream = try ZlibStream(.deflate(shape))
    }

    /// Forgets the body, finished or not, and is ready for another one.
    public func reset() { phase = stream.reset() ? .open : .failed }

    /// Encodes from the front of `input` to the free part of `output`.
    /// - Throws: `engine`, if called out of order: input or another flush after `finish`.
    public func deflate(
        _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>, flush: Flush
    ) throws(GzipError) -> Progress {
        switch phase {
        case .finished where input.isEmpty && flush == .finish: return Progress(consumed: 0, produced: 0, state: .finished)
        case .open: if flush == .finish { phase = .finishing }
        case .finishing where flush == .finish: break
        default:
            phase = .failed
            throw .engine
        }
        guard output.freeCapacity > 0 else { return Progress(consumed: 0, produced: 0, state: .outputFull) }
        let step = stream.step(input, into: &output, maximum: output.freeCapacity, flush: flush.code)
        switch step.code {
        case Z_STREAM_END:
            phase = .finished
            return Progress(consumed: step.consumed, produced: step.produced, state: .finished)
        case Z_OK:
            let state = output.freeCapacity == 0 || step.consumed < input.count ? Progress.State.outputFull : .needsInput
            return Progress(consumed: step.consumed, produced: step.produced, state: state)
        default:
            phase = .failed
            throw .engine
        }
    }
}

extension Deflater.Flush {
    fileprivate var code: Int32 {
        switch self {
        case .none: Z_NO_FLUSH
        case .block: Z_SYNC_FLUSH
        case .finish: Z_FINISH
        }
    }
}
