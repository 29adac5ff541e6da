import Wire

// `#expect` cannot capture a Span; these take arrays.

extension Inflater {
    func inflate(_ input: [UInt8], to output: inout [UInt8], room: Int) throws -> Progress {
        try inflate(input.span, appendingTo: &output, maximumOutput: room)
    }

    func inflateWhole(_ body: [UInt8], maximumOutput: Int) throws -> [UInt8] {
        try inflateWhole(body.span, maximumOutput: maximumOutput)
    }
}

extension Deflater {
    func deflate(_ input: [UInt8], to output: inout [UInt8], room: Int, flush: Flush) throws -> Progress {
        try deflate(input.span, appendingTo: &output, maximumOutput: room, flush: flush)
    }

    func deflateWhole(_ body: [UInt8]) throws -> [UInt8] { try deflateWhole(body.span) }
}

extension BodyFields {
    static func forbidsTransform(_ value: String) -> Bool { forbidsTransform(cacheControl: Array(value.utf8).span) }

    static func variesByEncoding(_ value: String) -> Bool { variesByEncoding(vary: Array(value.utf8).span) }

    static func isCompressible(_ value: String) -> Bool { isCompressible(contentType: Array(value.utf8).span) }

    static func weakened(_ value: String) -> [UInt8]? { weakened(etag: Array(value.utf8).span) }
}
