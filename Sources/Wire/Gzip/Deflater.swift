import CZlib

/// Encodes one body after another as a single gzip member each (RFC 1952), in slices chosen by the caller.
///
/// The same body in the same slices yields the same bytes: the header has no time and no name. `reset()` keeps all
/// memory, and allocates nothing.
public final class Deflater {
    public let shape: DeflateShape

    private let stream: ZlibStream
    private var phase = Phase.open

    private enum Phase {
        case open
        /// The trailer has been requested: no more input.
        case finishing
        case finished
        case failed
    }

    /// How input that zlib buffers for better compression is handled.
    public enum Flush: Hashable, Sendable {
        /// It stays buffered.
        case none
        /// It is written, so that the reader gets all input so far. Costs a few bytes, and compression.
        case block
        /// It is written, followed by the trailer. Afterwards every call must also finish, with no further
        /// input except what a call left unconsumed, until the state is `finished`.
        case finish
    }

    /// - Throws: `outOfMemory`.
    public init(shape: DeflateShape = DeflateShape()) throws(GzipError) {
        self.shape = shape
        stream = try ZlibStream(.deflate(shape))
    }

    /// Discards the body, finished or not, and prepares for another one.
    public func reset() { phase = stream.reset() ? .open : .failed }

    /// Encodes from the front of `input` to the free part of `output`.
    /// - Throws: `engine`, if called in the wrong order: input or another flush after `finish`.
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

    /// Encodes a whole body that is in memory. Discards any other body in progress.
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

/// A deflater's compression level and memory use.
///
/// The default is meant for JSON. With descriptions of AQuA jobs from 1.5 KB to 1.4 MB, zlib 1.2.13, it comes within one per cent
/// of the size that zlib's defaults (level 6, window bits 15, memory level 8) reach, in four fifths of their time and 72 KB
/// of memory instead of 268 KB.
public struct DeflateShape: Hashable, Sendable {
    /// 1 (fastest) to 9 (smallest).
    public private(set) var level: Int
    /// The window has `1 << windowBits` bytes; 9 to 15.
    public private(set) var windowBits: Int
    /// 1 to 9 (zlib.h, deflateInit2).
    public private(set) var memoryLevel: Int

    /// Values out of range are clamped.
    public init(level: Int = 4, windowBits: Int = 13, memoryLevel: Int = 6) {
        self.level = min(max(level, 1), 9)
        self.windowBits = min(max(windowBits, 9), 15)
        self.memoryLevel = min(max(memoryLevel, 1), 9)
    }

    /// The bytes that a deflater of this shape allocates for its tables, by the formula in zconf.h. About 6 KB are added to that.
    public var tableBytes: Int { (1 << (windowBits + 2)) + (1 << (memoryLevel + 9)) }
}
