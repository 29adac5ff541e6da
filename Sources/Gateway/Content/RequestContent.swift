import Network
import Policy
import Wire

/// A request's content, as far as it is kept so that it can be sent again.
struct RequestContent {
    /// Content up to this size is kept; a request with more is not replayable.
    static let replayLimit = 256 << 10
    /// Gzip content that grows beyond this is decoded as a stream, like content that is too large to be kept.
    private static let smallContent = 1 << 20

    /// As it came, or as the gateway recoded it.
    private(set) var bytes: [UInt8] = []
    /// Whether `bytes` is all of it.
    private(set) var isWhole = true
    private(set) var recoding = HeaderPolicy.Recoding.asSent
    /// What was done about its gzip coding, for the log.
    private(set) var gzipAction = GzipAction.none
    /// The length that goes upstream; nil if it is not known.
    private var length: Int? = 0

    static let none = RequestContent()

    /// What goes upstream with the request's head.
    var upstreamBody: UpstreamBody {
        isWhole ? bytes.isEmpty ? .none : .bytes(bytes) : .stream(length: length)
    }

    /// Reads the content as far as it is kept.
    /// - Throws: a problem where it is malformed, too slow, or longer than the limit.
    /// - Parameters:
    ///   - mode: how the tenant wants request content coded.
    ///   - load: counts what is held.
    init(
        of http: HTTPExchange, until deadline: Deadline, mode: GzipMode, _ load: LoadShare, _ reactor: Reactor, _ gzip: GzipPool
    ) async throws(Problem) {
        guard http.declaredBodyLength != 0 else { return }
        length = http.declaredBodyLength
        http.bodyEnd = deadline.end
        do throws(BodyError) {
            while let chunk = try await http.nextBodyChunk() {
                if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
                load.count(bytes.capacity)
                http.heldBody = bytes.capacity
                if bytes.count > Self.replayLimit {
                    isWhole = http.isBodyComplete
                    break
                }
            }
        } catch {
            throw Problem(error)
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
            // Many at once are coded a few in each turn of the loop.
            if plan.body != .asIs, bytes.count >= 16 << 10 { await reactor.yield() }
            try recode(plan.body, gzip, limit: http.bodyLimit)
            load.count(bytes.capacity)
        } else if plan.body != .asIs {
            // What its length will be is not known.
            length = nil
        }
    }

    private init() {}

    private mutating func recode(_ coding: CodingPlan.Body, _ gzip: GzipPool, limit: Int) throws(Problem) {
        do throws(GzipError) {
            switch coding {
            case .asIs: break
            case .deflate:
                let deflater = try gzip.takeDeflater()
                defer { gzip.giveBack(deflater) }
                bytes = try deflater.deflateWhole(bytes.span)
            case .inflate:
                let inflater = try gzip.takeInflater()
                defer { gzip.giveBack(inflater) }
                bytes = try inflater.inflateWhole(bytes.span, maximumOutput: min(limit, Self.smallContent))
            }
            length = bytes.count
        } catch {
            guard error == .tooLarge, limit > Self.smallContent else { throw Problem(requestCoding: error) }
            isWhole = false
            length = nil
        }
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
    /// What a request's head says of its content.
    /// - Parameter contentLength: bytes of the content as it came; nil while that is not known.
    init(_ head: RequestHead, _ bytes: Span<UInt8>, contentLength: Int?) {
        self.init(contentLength: contentLength)
        var encoding = ContentEncoding()
        for field in head.fields {
            switch field.name {
            case .contentEncoding: encoding.add(bytes.extracting(field.valueRange))
            case .contentType: isCompressible = BodyFields.isCompressible(contentType: bytes.extracting(field.valueRange))
            case .contentRange: hasContentRange = true
            case .cacheControl: noTransform = BodyFields.forbidsTransform(cacheControl: bytes.extracting(field.valueRange))
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

    /// The caller's gzip cannot be decoded, or not within the limit on bodies.
    init(requestCoding error: GzipError) {
        switch error {
        case .tooLarge, .ratio: self.init(body: Refusal(413, error.reason))
        default:
            self.init(
                400, type: "bad-content-coding", title: "The request body's gzip cannot be decoded", detail: "\(error.reason)",
                phase: "accept")
        }
    }
}
