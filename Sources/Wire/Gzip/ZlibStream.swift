import CZlib

/// Owns one `z_stream`, and encapsulates zlib's pointers.
///
/// The stream is heap-allocated because zlib's state points to it (`inflateStateCheck`, `deflateStateCheck`): it
/// must not move.
@safe struct ZlibStream: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private let direction: Direction

    enum Direction {
        case inflate
        case deflate(DeflateShape)
    }

    /// The result of one call of zlib.
    struct Step {
        /// Z_OK, Z_STREAM_END or an error.
        var code: Int32
        var consumed: Int
        var produced: Int
    }

    /// - Throws: `outOfMemory`.
    init(_ direction: Direction) throws(GzipError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let code =
            switch direction {
            case .inflate: unsafe zg_inflate_open(stream)
            case .deflate(let shape):
                unsafe zg_deflate_open(stream, Int32(shape.level), Int32(shape.windowBits), Int32(shape.memoryLevel))
            }
        guard code == Z_OK else {
            unsafe stream.deallocate()
            throw code == Z_MEM_ERROR ? .outOfMemory : .engine
        }
        unsafe self.stream = stream
        self.direction = direction
    }

    deinit {
        switch direction {
        case .inflate: unsafe inflateEnd(stream)
        case .deflate: unsafe deflateEnd(stream)
        }
        unsafe stream.deallocate()
    }

    /// Resets the stream, and keeps its memory.
    func reset() -> Bool {
        switch direction {
        case .inflate: unsafe inflateReset(stream) == Z_OK
        case .deflate: unsafe deflateReset(stream) == Z_OK
        }
    }

    /// Why the last step returned Z_DATA_ERROR.
    var fault: zg_fault { unsafe zg_inflate_fault(stream) }

    /// One call of zlib: input from the front of `input`, output to the free part of `output`, at most `maximum` bytes of it,
    /// which must not be zero.
    ///
    /// Z_BUF_ERROR is reported as Z_OK: it means that there was nothing to do, which the counts show.
    func step(
        _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>, maximum: Int, flush: Int32
    ) -> Step {
        unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target, initialized in
                let room = UInt32(clamping: min(maximum, target.count - initialized))
                let given = UInt32(clamping: source.count)
                // zlib does not write to its input; the cast is for its C signature (z_const).
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = given
                unsafe stream.pointee.next_out = target.baseAddress.map { unsafe $0 + initialized }
                unsafe stream.pointee.avail_out = room
                let code =
                    switch direction {
                    case .inflate: unsafe inflate(stream, flush)
                    case .deflate: unsafe deflate(stream, flush)
                    }
                let consumed = unsafe Int(given - stream.pointee.avail_in)
                let produced = unsafe Int(room - stream.pointee.avail_out)
                // No pointer to the caller's memory is kept after the call.
                unsafe stream.pointee.next_in = nil
                unsafe stream.pointee.avail_in = 0
                unsafe stream.pointee.next_out = nil
                unsafe stream.pointee.avail_out = 0
                initialized += produced
                return Step(code: code == Z_BUF_ERROR ? Z_OK : code, consumed: consumed, produced: produced)
            }
        }
    }
}

/// The result of one call of a coder.
public struct Progress: Hashable, Sendable {
    /// Bytes consumed from the front of the input. The rest must be passed again.
    public var consumed: Int
    /// Bytes added to the output.
    public var produced: Int
    /// What the coder needs next.
    public var state: State

    public init(consumed: Int, produced: Int, state: State) {
        self.consumed = consumed
        self.produced = produced
        self.state = state
    }

    public enum State: Hashable, Sendable {
        /// The output is full and more may be pending: call again with room, and with the input that is left, even if that
        /// is none.
        case outputFull
        /// All input is consumed, and all resulting output is written.
        case needsInput
        /// As `needsInput`, and the stream may end here. An inflater has read a whole member, and treats further input as the
        /// next one; a deflater has written its trailer, and is idle until `reset()`.
        case finished
    }
}

/// Why a body could not be decoded, or a coder could not be made.
public enum GzipError: Error, Hashable, Sendable, CaseIterable {
    /// The body does not begin with a gzip member.
    case notGzip
    /// The body ends within a member, or is empty.
    case truncated
    /// A member's header or deflate data violates RFC 1952 or RFC 1951.
    case corrupt
    /// A member's data does not have the CRC-32 that its trailer names.
    case crc
    /// A member's data does not have the length that its trailer names.
    case length
    /// Something other than a further member follows a member.
    case trailingGarbage
    /// The decoded body is longer than its absolute bound.
    case tooLarge
    /// The body decodes to more bytes than its ratio bound allows.
    case ratio
    /// The coder could not be allocated.
    case outOfMemory
    /// zlib reported an invalid state: a bug in this program, never a property of the body.
    case engine
}

extension GzipError {
    /// The reason in plain words. Never contains bytes of the body.
    public var reason: StaticString {
        switch self {
        case .notGzip: "the body is not in the gzip format that its Content-Encoding names"
        case .truncated: "the gzip body is truncated"
        case .corrupt: "the gzip body is corrupt"
        case .crc: "the gzip body does not match its checksum"
        case .length: "the gzip body does not match its length"
        case .trailingGarbage: "bytes that are not gzip follow the gzip body"
        case .tooLarge: "the decoded body exceeds the size limit"
        case .ratio: "the gzip body exceeds the expansion limit"
        case .outOfMemory: "there is not enough memory for gzip"
        case .engine: "zlib reported an invalid state"
        }
    }
}

extension GzipError: CustomStringConvertible {
    public var description: String { reason.description }
}
