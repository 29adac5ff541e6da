import Network
import Policy
import Wire

/// A request's content, kept for retries up to a limit.
struct RequestContent {
    /// Content up to this size is kept; a request with more is not replayable.
    static let replayLimit = 256 << 10
    /// Gzip content that grows beyond this is decoded as a stream, like content that is too large to be kept.
    private static let smallContent = 1 << 20

    /// As received, or as recoded by the gateway.
    private(set) var bytes: [UInt8] = []
    /// Whether `bytes` is all of it.
    private(set) var isWhole = true
    private(set) var recoding = HeaderPolicy.Recoding.asSent
    /// How its gzip coding was handled, for the log.
    private(set) var gzipAction = GzipAction.none
    /// The length sent upstream; nil if unknown.
    private var length: Int? = 0

    /// The content sent with the request's head.
    var upstreamBody: UpstreamBody {
        isWhole ? bytes.isEmpty ? .none : .bytes(bytes) : .stream(length: length)
    }

    /// Reads the content up to the limit for keeping it.
    /// - Throws: a problem if it is malformed, too slow, or longer than the limit.
    /// - Parameters:
    ///   - mode: the tenant's setting for request compression.
    ///   - load: counts buffered bytes.
    init(
        of http: HTTPExchange, until deadline: Deadline, mode: GzipMode, _ load: LoadShare, _ reactor: Reactor, _ gzip: GzipPool
    ) async throws(Problem) {
        guard http.declaredBodyLength != 0 else { return }
        length = http.declaredBodyLength
        http.bodyEnd = deadline.end
        var received = Blocks()
        do throws(BodyError) {
            while let chunk = try await http.nextBodyChunk() {
                if bytes.isEmpty, received.count == 0 {
                    // Most content comes in one piece.
                    bytes = chunk
                } else {
                    received.append(bytes)
                    received.append(chunk)
                    bytes = []
                }
                let held = max(received.footprint, bytes.capacity)
                load.count(held)
                http.heldBody = held
                if max(received.count, bytes.count) > Self.replayLimit {
                    isWhole = http.isBodyComplete
                    break
                }
            }
        } catch {
            throw Problem(error)
        }
        if received.count > 0 {
            bytes = received.joined()
            load.count(bytes.capacity)
        }
        guard !bytes.isEmpty else {
            length = 0
            return
        }
        let head = http.head
        let facts = http.withHeadBytes { RequestCoding.Facts(head, $0, contentLength: isWhole ? bytes.count : length) }
        let plan = RequestCoding.decide(facts, mode: mode)
        recoding = HeaderPolicy.Recoding(plan.body)
        gzipAction = GzipAction(plan.body, coding: facts.coding)
        if isWhole {
            // Limits how many are compressed in one iteration of the loop.
            if plan.body != .asIs, bytes.count >= 16 << 10 { await reactor.yield() }
            try recode(plan.body, gzip, limit: http.bodyLimit)
            load.count(bytes.capacity)
        } else if plan.body != .asIs {
            // The resulting length is unknown.
            length = nil
        }
    }

    private mutating func recode(_ coding: CodingPlan.Body, _ gzip: GzipPool, limit: Int) throws(Problem) {
        do throws(GzipError) {
            switch coding {
            case .asIs: break
            case .deflate: bytes = try gzip.deflated(bytes.span)
            case .inflate: bytes = try gzip.inflated(bytes.span, maximumOutput: min(limit, Self.smallContent))
            }
            length = bytes.count
        } catch {
            guard error == .tooLarge, limit > Self.smallContent else { throw Problem(requestCoding: error) }
            isWhole = false
            length = nil
        }
    }
}

/// Content of unknown size, in fixed-size blocks that the heap can reuse for any request. Arrays that grow by doubling fragment the
/// heap: many of them at a time took twice the memory of their content.
private struct Blocks {
    private static let size = 16 << 10

    private var blocks: [[UInt8]] = []
    private(set) var count = 0
    /// Bytes allocated.
    var footprint: Int { blocks.count * Self.size }

    mutating func append(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let filled = count % Self.size
            if filled == 0 {
                blocks.append([])
                blocks[blocks.count - 1].reserveCapacity(Self.size)
            }
            let end = min(bytes.count, start + Self.size - filled)
            blocks[blocks.count - 1] += bytes[start..<end]
            count += end - start
            start = end
        }
    }

    func joined() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for block in blocks { bytes += block }
        return bytes
    }
}

extension HeaderPolicy.Recoding {
    fileprivate init(_ coding: CodingPlan.Body) {
        self =
            switch coding {
            case .asIs: .asSent
            case .deflate: .gzip
            case .inflate: .decoded
            }
    }
}

extension RequestCoding.Facts {
    /// The content-related fields of a request's head.
    /// - Parameter contentLength: bytes of the content as received; nil while unknown.
    init(_ head: RequestHead, _ bytes: Span<UInt8>, contentLength: Int?) {
        self.init(contentLength: contentLength)
        var encoding = ContentEncoding()
        for field in head.fields {
            switch field.name {
            case .contentEncoding: encoding.add(bytes.extracting(field.valueRange))
            case .contentType: isCompressible = BodyFields.isCompressible(contentType: bytes.extracting(field.valueRange))
            case .contentRange: hasContentRange = true
            case .cacheControl:
                noTransform = noTransform || BodyFields.forbidsTransform(cacheControl: bytes.extracting(field.valueRange))
            default: break
            }
        }
        coding = encoding.coding
        routeTakesBody = head.method == .post || head.method == .put || head.method == .patch
    }
}

extension Problem {
    init(_ error: BodyError) {
        switch error {
        case .refused(let refusal): self.init(body: refusal)
        case .connectionLost: self = .callerGone
        }
    }

    /// The caller's gzip cannot be decoded, or exceeds the limit on bodies.
    init(requestCoding error: GzipError) {
        switch error {
        case .tooLarge, .ratio: self.init(body: Refusal(413, error.reason))
        default:
            self.init(
                400, type: "bad-content-coding", title: "The request body's gzip cannot be decoded",
                detail: Self.sentence(error.reason), phase: "accept")
        }
    }
}
