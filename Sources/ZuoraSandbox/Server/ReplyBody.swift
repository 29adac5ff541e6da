import Wire

/// A reply's body, produced in slices while it is sent, and compressed if required.
struct ReplyBody {
    /// Plain bytes processed in one step, so that other clients do not wait for long.
    private static let stride = 64 << 10

    private let body: SandboxBody
    /// Nil when the bytes are sent uncompressed.
    private let deflater: Deflater?
    /// How many plain bytes are used.
    private let end: Int
    /// How many plain bytes have been used.
    private var position = 0
    /// Output of the deflater that has not been sent yet.
    private var encoded: [UInt8] = []
    private var taken = 0
    private var isFinished = false

    /// - Parameter plainLimit: the body is truncated to that many bytes, before compression; all of them can be decoded.
    /// - Throws: `outOfMemory` if zlib cannot allocate.
    init(_ body: SandboxBody, compresses: Bool, plainLimit: Int = .max) throws(GzipError) {
        self.body = body
        end = min(body.count, plainLimit)
        deflater = compresses ? try Deflater() : nil
    }

    /// How many bytes will be sent; nil if unknown in advance.
    var length: Int? { deflater == nil ? body.count : nil }

    /// The next bytes, at most `limit` of them, which may be none for now; nil at the end.
    mutating func next(_ limit: Int) throws(GzipError) -> [UInt8]? {
        guard let deflater else {
            guard position < end else { return nil }
            let range = position..<min(end, position + min(limit, Self.stride))
            position = range.upperBound
            return body.slice(range)
        }
        if taken == encoded.count {
            if isFinished { return nil }
            try encodeMore(deflater)
        }
        let range = taken..<min(encoded.count, taken + limit)
        taken = range.upperBound
        return Array(encoded[range])
    }

    private mutating func encodeMore(_ deflater: Deflater) throws(GzipError) {
        encoded.removeAll(keepingCapacity: true)
        taken = 0
        let plain = body.slice(position..<min(end, position + Self.stride))
        let isLast = plain.count == end - position
        let isTruncated = isLast && end < body.count
        let progress = try deflater.deflate(
            plain.span, appendingTo: &encoded, maximumOutput: isTruncated ? 4 * Self.stride : Self.stride,
            flush: isTruncated ? .block : isLast ? .finish : .none)
        position += progress.consumed
        // There is room for all that zlib may have kept, so that one step is enough.
        isFinished = isTruncated || progress.state == .finished
    }
}

extension SandboxBody {
    /// The bytes in `range`, which lies within the body.
    fileprivate func slice(_ range: Range<Int>) -> [UInt8] {
        switch self {
        case .bytes(let bytes): Array(bytes[range.clamped(to: bytes.indices)])
        case .synthetic(let content): content.bytes(range)
        }
    }
}
