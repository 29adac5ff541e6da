import Wire

/// A reply's body, produced in slices while it is sent, and compressed if required.
struct ReplyBody {
    /// Plain bytes processed in one step, so that other clients do not wait for long.
    private static let stride = 64 << 10

    private let body: SandboxBody
    /// Nil when the bytes are sent uncompressed.
    private let deflater: Deflater?
    /// How many plain bytes have been used.
    private var position = 0
    /// Output of the deflater that has not been sent yet.
    private var encoded: [UInt8] = []
    private var taken = 0
    private var isFinished = false

    /// - Throws: `outOfMemory` if zlib cannot allocate.
    init(_ body: SandboxBody, compresses: Bool) throws(GzipError) {
        self.body = body
        deflater = compresses ? try Deflater() : nil
    }

    /// How many bytes will be sent; nil if unknown in advance.
    var length: Int? { deflater == nil ? body.count : nil }

    /// The next bytes, at most `limit` of them, which may be none for now; nil at the end.
    mutating func next(_ limit: Int) throws(GzipError) -> [UInt8]? {
        guard let deflater else {
            guard position < body.count else { return nil }
            let range = position..<min(body.count, position + min(limit, Self.stride))
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
        let end = min(body.count, position + Self.stride)
        let plain = body.slice(position..<end)
        let progress = try deflater.deflate(
            plain.span, appendingTo: &encoded, maximumOutput: Self.stride, flush: end == body.count ? .finish : .none)
        position += progress.consumed
        isFinished = progress.state == .finished
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
