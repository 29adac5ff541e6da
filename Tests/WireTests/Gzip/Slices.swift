import Wire

/// How a body is cut: how many bytes are given or taken at the next call, at least one.
typealias Cut = () -> Int

/// Decodes a body in slices, and holds the inflater to what it says about its progress.
func decode(
    _ body: [UInt8], with inflater: Inflater, input: Cut = { .max }, output: Cut = { 4096 }
) throws(GzipError) -> [UInt8] {
    var decoded: [UInt8] = []
    var position = 0
    var isFull = false
    while position < body.count || isFull {
        let slice = body.span.extracting(position..<position + min(input(), body.count - position))
        let room = output()
        let before = decoded.count
        let progress = try inflater.inflate(slice, appendingTo: &decoded, maximumOutput: room)
        precondition(progress.produced == decoded.count - before && progress.produced <= room)
        precondition(progress.consumed <= slice.count)
        isFull = progress.state == .outputFull
        precondition(isFull ? progress.produced == room : progress.consumed == slice.count)
        position += progress.consumed
    }
    try inflater.finish()
    precondition(inflater.encodedCount == body.count && inflater.decodedCount == decoded.count)
    return decoded
}

/// What a new inflater makes of a whole body.
func decode(_ body: [UInt8], limits: InflateLimits = InflateLimits()) throws(GzipError) -> [UInt8] {
    try decode(body, with: Inflater(limits: limits))
}

/// The error that a body ends in, or nil.
func fault(_ body: [UInt8], limits: InflateLimits = InflateLimits()) -> GzipError? {
    do {
        _ = try decode(body, limits: limits)
        return nil
    } catch {
        return error
    }
}

/// Encodes a body in slices.
func encode(_ body: [UInt8], with deflater: Deflater, input: Cut = { .max }, output: Cut = { 4096 }) throws -> [UInt8] {
    var encoded: [UInt8] = []
    var position = 0
    while true {
        let count = min(input(), body.count - position)
        let isLast = position + count == body.count
        var slice = body.span.extracting(position..<position + count)
        position += count
        var progress: Progress
        repeat {
            let room = output()
            progress = try deflater.deflate(slice, appendingTo: &encoded, maximumOutput: room, flush: isLast ? .finish : .none)
            precondition(progress.produced <= room && progress.consumed <= slice.count)
            slice = slice.extracting(droppingFirst: progress.consumed)
        } while progress.state == .outputFull
        if progress.state == .finished { return encoded }
    }
}

/// Encodes a body at zlib's strongest.
func encode(_ body: [UInt8], level: Int = 9) throws -> [UInt8] {
    try Deflater(shape: DeflateShape(level: level, windowBits: 15, memoryLevel: 9)).deflateWhole(body.span)
}
