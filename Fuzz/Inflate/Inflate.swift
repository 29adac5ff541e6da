import Wire

/// Gives any bytes to the decoder, and holds it to its promises.
///
/// The first byte chooses: even, the rest is a gzip stream as it stands; odd, the rest is a body that is encoded first, since
/// chance does not hit a CRC-32. The second byte seeds the slicing.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzInflate(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    guard input.count > 2 else { return 0 }
    let rest = Array(input.dropFirst(2))
    var cuts = Cuts(seed: input[1])
    if input[0] & 1 == 0 { checkStream(rest, &cuts) } else { checkBody(rest, choice: input[0] >> 1, &cuts) }
    return 0
}

/// Cut in any way, a stream decodes to the same bytes or fails for the same reason; and what decodes can be encoded.
private func checkStream(_ stream: [UInt8], _ cuts: inout Cuts) {
    // The ratio is looked at once a slice, so it alone may depend on the cuts.
    let limits = InflateLimits(total: 64 << 10, ratio: .max)
    let whole = decode(stream, limits) { (.max, 16 << 10) }
    let byByte = decode(stream, limits) { (1, 16 << 10) }
    let sliced = decode(stream, limits) { (cuts.next(), cuts.next()) }
    guard whole == byByte, whole == sliced else { fatalError("the cuts make a difference: \(whole) \(byByte) \(sliced)") }
    if case .success(let body) = whole { checkBody(body, choice: 0, &cuts) }
}

/// A body comes back; and with one byte of its stream changed, it never ends cleanly as another body.
private func checkBody(_ body: [UInt8], choice: UInt8, _ cuts: inout Cuts) {
    let shape = DeflateShape(level: Int(choice & 15), windowBits: 9 + Int(choice & 7), memoryLevel: 1 + Int(choice & 7))
    var stream = encode(body, shape, &cuts)
    let limits = InflateLimits(total: body.count, ratio: .max)
    guard decode(stream, limits, cut: { (cuts.next(), cuts.next()) }) == .success(body) else { fatalError("no round trip") }
    let index = (cuts.next() * 251 + cuts.next()) % stream.count
    stream[index] ^= UInt8(truncatingIfNeeded: cuts.next() | 1)
    if case .success(let other) = decode(stream, limits, cut: { (.max, 4096) }), other != body {
        fatalError("byte \(index) was changed, and another body came of it")
    }
    stream.removeLast(1 + cuts.next() % stream.count)
    if case .success = decode(stream, limits, cut: { (.max, 4096) }) { fatalError("a truncated stream ended cleanly") }
}

private func decode(
    _ stream: [UInt8], _ limits: InflateLimits, cut: () -> (input: Int, output: Int)
) -> Result<[UInt8], GzipError> {
    do {
        let inflater = try Inflater(limits: limits)
        var decoded: [UInt8] = []
        var rest = stream.span
        var isFull = false
        while !rest.isEmpty || isFull {
            let (input, room) = cut()
            let slice = rest.extracting(first: input)
            let before = decoded.count
            let progress = try inflater.inflate(slice, appendingTo: &decoded, maximumOutput: room)
            isFull = progress.state == .outputFull
            guard progress.produced == decoded.count - before, progress.produced <= room, decoded.count <= limits.total,
                isFull ? progress.produced == room : progress.consumed == slice.count
            else { fatalError("wrong progress: \(progress)") }
            rest = rest.extracting(droppingFirst: progress.consumed)
        }
        try inflater.finish()
        return .success(decoded)
    } catch {
        guard error != .engine, error != .outOfMemory else { fatalError("\(error)") }
        return .failure(error)
    }
}

private func encode(_ body: [UInt8], _ shape: DeflateShape, _ cuts: inout Cuts) -> [UInt8] {
    do {
        let deflater = try Deflater(shape: shape)
        var encoded: [UInt8] = []
        var rest = body.span
        while true {
            // Flushes and cuts in between, the end only once all is given.
            let slice = rest.extracting(first: cuts.next())
            let flush: Deflater.Flush = slice.count == rest.count ? .finish : cuts.next() % 4 == 0 ? .block : .none
            rest = rest.extracting(droppingFirst: slice.count)
            var left = slice
            var progress: Progress
            repeat {
                progress = try deflater.deflate(left, appendingTo: &encoded, maximumOutput: cuts.next() + 6, flush: flush)
                left = left.extracting(droppingFirst: progress.consumed)
            } while progress.state == .outputFull
            if progress.state == .finished { return encoded }
        }
    } catch {
        fatalError("\(error)")
    }
}

/// Sizes of slices, 1 to 256, mostly small.
private struct Cuts {
    private var state: UInt64

    init(seed: UInt8) { state = UInt64(seed) }

    mutating func next() -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return 1 + Int(state >> 56) >> Int(state >> 40 & 7)
    }
}
