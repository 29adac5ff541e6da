import CZlib

/// Decodes one gzip body after another (RFC 1952), each in slices chosen by the caller.
///
/// A body is one or more members, decoded one after the other to one stream of bytes. zlib checks the CRC-32 and the length of
/// each. The whole body must be members: anything after the last one is an error, even zero bytes. gzip(1) ignores those as
/// padding to a tape's block size, but a message body has no blocks.
///
/// The work of a call is bounded by its input and output space, so a body that expands a thousandfold does not delay others.
/// Memory: about 8 KB, and 32 KB more once a body is longer than a slice. `reset()` keeps both, and allocates nothing.
///
/// After an error the same error is thrown until `reset()`.
public final class Inflater {
    /// The bounds of the current body.
    public private(set) var limits: InflateLimits
    /// Encoded bytes of this body consumed so far.
    public private(set) var encodedCount = 0
    /// Decoded bytes of this body produced so far.
    public private(set) var decodedCount = 0

    private let stream: ZlibStream
    private var oneShot: OneShotInflater?
    private var phase = Phase.start
    private var isFirstMember = true

    private enum Phase: Equatable {
        /// No byte of the body has been read.
        case start
        case member
        /// A complete member was read, and nothing after it.
        case betweenMembers
        case failed(GzipError)
    }

    /// - Throws: `outOfMemory`.
    public init(limits: InflateLimits = InflateLimits()) throws(GzipError) {
        self.limits = limits
        stream = try ZlibStream(.inflate)
    }

    /// Discards the body, finished or not, and prepares for another one within `limits`.
    public func reset(limits: InflateLimits) {
        self.limits = limits
        reset()
    }

    /// Discards the body, finished or not, and prepares for another one.
    public func reset() {
        encodedCount = 0
        decodedCount = 0
        isFirstMember = true
        phase = stream.reset() ? .start : .failed(.engine)
    }

    /// Decodes from the front of `input` to the free part of `output`, until one of them is used up.
    ///
    /// Output of a call that throws is not part of the body.
    /// - Throws: `notGzip`, `corrupt`, `crc`, `length`, `trailingGarbage`, `tooLarge`, `ratio`, `outOfMemory`.
    public func inflate(_ input: Span<UInt8>, into output: inout OutputSpan<UInt8>) throws(GzipError) -> Progress {
        if case .failed(let error) = phase { throw error }
        var consumed = 0
        let before = output.count
        while output.freeCapacity > 0 {
            if phase != .member {
                guard consumed < input.count else {
                    let state = phase == .betweenMembers ? Progress.State.finished : .needsInput
                    return Progress(consumed: consumed, produced: output.count - before, state: state)
                }
                try beginMember(firstByte: input[consumed])
            }
            // One byte more than allowed, to distinguish a body that is too large from one that just fits.
            let maximum = limits.total - decodedCount + 1
            let step = stream.step(input.extracting(droppingFirst: consumed), into: &output, maximum: maximum, flush: Z_NO_FLUSH)
            consumed += step.consumed
            encodedCount += step.consumed
            decodedCount += step.produced
            if let fault = limits.fault(decoded: decodedCount, encoded: encodedCount) { throw fail(fault) }
            switch step.code {
            case Z_STREAM_END: phase = .betweenMembers
            case Z_OK where output.freeCapacity == 0: break
            case Z_OK where consumed == input.count:
                return Progress(consumed: consumed, produced: output.count - before, state: .needsInput)
            // There was input and room, so a step without progress would be repeated forever.
            case Z_OK where step.consumed > 0 || step.produced > 0: break
            default: throw fail(error(step.code))
            }
        }
        return Progress(consumed: consumed, produced: output.count - before, state: .outputFull)
    }

    /// Signals the end of the body.
    ///
    /// Call it when all input is consumed and the last state was not `outputFull`.
    /// - Throws: `truncated` unless a member has just ended, or the body is empty: servers also label responses without content.
    ///   Or an earlier error.
    public func finish() throws(GzipError) {
        switch phase {
        case .betweenMembers: return
        case .start where encodedCount == 0: return
        case .start, .member: throw fail(.truncated)
        case .failed(let error): throw error
        }
    }

    /// The first byte of a member is checked here, to distinguish garbage from a truncated member even for a single
    /// byte.
    private func beginMember(firstByte: UInt8) throws(GzipError) {
        if phase == .betweenMembers {
            guard firstByte == 0x1F else { throw fail(.trailingGarbage) }
            guard stream.reset() else { throw fail(.engine) }
            isFirstMember = false
        } else {
            guard firstByte == 0x1F else { throw fail(.notGzip) }
        }
        phase = .member
    }

    private func fail(_ error: GzipError) -> GzipError {
        phase = .failed(error)
        return error
    }

    private func error(_ code: Int32) -> GzipError {
        guard code == Z_DATA_ERROR else { return code == Z_MEM_ERROR ? .outOfMemory : .engine }
        switch stream.fault {
        case zg_fault_crc: return .crc
        case zg_fault_length: return .length
        case zg_fault_header: return isFirstMember ? .notGzip : .trailingGarbage
        default: return .corrupt
        }
    }
}

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

    /// Decodes a whole body that is in memory. Discards any other body in progress.
    /// - Parameter maximumOutput: Bytes that the body may decode to, within `limits`.
    /// - Throws: as `inflate(_:into:)` and `finish()`.
    public func inflateWhole(_ body: Span<UInt8>, maximumOutput: Int) throws(GzipError) -> [UInt8] {
        reset()
        let maximum = min(max(maximumOutput, 0), .max - 1)
        if let whole = decodeAtOnce(body, maximum) { return whole }
        var decoded: [UInt8] = []
        var rest = body
        while true {
            // One byte above the maximum is asked for, to tell a body that is too large from one that just fits.
            let room = min(decoded.isEmpty ? firstRoom(body) : 64 << 10, maximum - decoded.count + 1)
            let progress = try inflate(rest, appendingTo: &decoded, maximumOutput: room)
            if decoded.count > maximum { throw .tooLarge }
            rest = rest.extracting(droppingFirst: progress.consumed)
            if progress.state != .outputFull { break }
        }
        try finish()
        return decoded
    }

    /// - Returns: nil where the work is better done, or the fault better told, in steps.
    private func decodeAtOnce(_ body: Span<UInt8>, _ maximum: Int) -> [UInt8]? {
        let room = firstRoom(body)
        guard room <= maximum + 1, room < 64 << 10 else { return nil }
        if oneShot == nil { oneShot = OneShotInflater() }
        guard let whole = oneShot?.decode(body, room: room), whole.count <= maximum,
            limits.fault(decoded: whole.count, encoded: body.count) == nil
        else { return nil }
        encodedCount = body.count
        decodedCount = whole.count
        phase = .betweenMembers
        return whole
    }

    /// Room for the whole of most bodies: what the last member says of its length (ISIZE, RFC 1952 section 2.3.1), which is only believed
    /// as far as it costs little, and one byte more, so that the end is seen in the same step.
    private func firstRoom(_ body: Span<UInt8>) -> Int {
        guard body.count >= 4 else { return 512 }
        var length = 0
        for i in 1...4 { length = length << 8 | Int(body[body.count - i]) }
        return min(max(length + 1, 512), 64 << 10)
    }
}

/// Limits on the decoded size. Both apply to the whole body, with all of its members.
public struct InflateLimits: Hashable, Sendable {
    /// Decoded bytes; one more is `tooLarge`.
    public private(set) var total: Int
    /// Decoded bytes for each encoded byte; more is `ratio`. Deflate itself cannot exceed 1032.
    public private(set) var ratio: Int
    /// Decoded bytes up to which the ratio is not checked, since a short body of blanks is not an attack.
    public private(set) var ratioGrace: Int

    public init(total: Int = 256 << 20, ratio: Int = 1000, ratioGrace: Int = 1 << 20) {
        // One below the greatest Int, so that `total + 1` does not overflow.
        self.total = min(max(total, 0), .max - 1)
        self.ratio = max(ratio, 1)
        self.ratioGrace = max(ratioGrace, 0)
    }

    /// For bodies that are only streamed, such as result files. Zuora's are at most 2047 MB long, so twice that is not
    /// a file of Zuora (https://developer.zuora.com/v1-api-reference/api/operation/GET_Files/).
    public static let file = InflateLimits(total: 4 << 30)

    /// Whether this expansion is within the limits.
    func fault(decoded: Int, encoded: Int) -> GzipError? {
        if decoded > total { return .tooLarge }
        guard decoded > ratioGrace else { return nil }
        let (allowed, overflow) = encoded.multipliedReportingOverflow(by: ratio)
        return !overflow && decoded > allowed ? .ratio : nil
    }
}
