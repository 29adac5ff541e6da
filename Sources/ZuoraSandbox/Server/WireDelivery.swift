import CLinux
import Network
import Wire

/// Delivers a reply over the raw connection: truncated, in pieces, framed by its end, after an interim response. The connection
/// is closed afterwards.
struct WireDelivery {
    let stream: Stream
    let clock: DeliveryClock
    /// The request was a HEAD.
    let isHead: Bool
    /// The client uses HTTP/1.0, without chunked coding.
    let isOld: Bool
    private var writer = ResponseWriter()
    private var pieceSize = Int.max

    /// How long a client may read nothing, or not acknowledge data.
    private static let patience: Duration = .seconds(600)

    init(stream: Stream, clock: DeliveryClock, isHead: Bool, isOld: Bool) {
        self.stream = stream
        self.clock = clock
        self.isHead = isHead
        self.isOld = isOld
    }

    /// - Returns: whether the client got a complete response.
    mutating func deliver(_ reply: SandboxReply) async -> Bool {
        switch reply.delivery.ending {
        case .closeWithoutResponse: return false
        case .resetWithoutResponse:
            stream.reset()
            return false
        case .hold:
            await clock.waitForEnd()
            return false
        case .complete, .closeAfter, .resetAfter, .holdAfter: break
        }
        do {
            guard try await send(reply) else {
                stream.reset()
                return false
            }
        } catch {
            stream.reset()
            return false
        }
        return await end(reply.delivery.ending)
    }

    private mutating func end(_ ending: Delivery.Ending) async -> Bool {
        switch ending {
        case .complete: return true
        case .resetAfter:
            // A reset discards unsent data in the kernel: wait until the client has received it.
            let deadline = Instant.now() + Self.patience
            while zg_unacknowledged_bytes(stream.descriptor) > 0, .now() < deadline {
                guard await clock.wait(.milliseconds(2)) else { break }
            }
            stream.reset()
        case .holdAfter, .hold: await clock.waitForEnd()
        case .closeAfter, .closeWithoutResponse, .resetWithoutResponse: break
        }
        return false
    }

    /// Sends the reply as far as it is to be sent.
    private mutating func send(_ reply: SandboxReply) async throws(GzipError) -> Bool {
        let delivery = reply.delivery
        let limit = delivery.ending.bodyLimit
        var body = try ReplyBody(
            reply.body, compresses: delivery.compresses, plainLimit: delivery.countsPlain ? limit : .max)
        let framing = framing(of: delivery, length: body.length)
        let isBodiless = isHead || reply.status == 204 || reply.status == 304
        // A drip is a slow body: its head is not delayed. Without delays, every write has that size.
        let drips = delivery.pieceDelay > .zero
        if !drips, let size = delivery.pieceSize { pieceSize = max(1, size) }

        if let interim = delivery.interim {
            writer.status(interim)
            writer.endHead()
            guard await flush() else { return false }
        }
        writeHead(reply, framing: isBodiless ? nil : framing)
        guard await flush(), await clock.wait(delivery.bodyDelay) else { return false }
        if isBodiless { return true }

        var left = delivery.countsPlain ? .max : limit
        while left > 0, let slice = try body.next(drips ? min(left, delivery.pieceSize ?? left) : left) {
            left -= slice.count
            if framing == .chunked { writer.chunk(slice.span) } else { writer.body(slice.span) }
            guard await flush() else { return false }
            if drips, !slice.isEmpty {
                guard await clock.wait(delivery.pieceDelay) else { return false }
            } else {
                await clock.yield()
            }
        }
        if framing == .chunked, delivery.ending == .complete { writer.lastChunk() }
        return await flush()
    }

    private func framing(of delivery: Delivery, length: Int?) -> Delivery.Framing {
        switch delivery.framing {
        case .length where length != nil: .length
        case .length, .chunked: isOld ? .close : .chunked
        case .close: .close
        }
    }

    /// - Parameter framing: nil for a response without a body.
    private mutating func writeHead(_ reply: SandboxReply, framing: Delivery.Framing?) {
        writer.status(reply.status)
        for field in reply.fields { writer.field(field.name.utf8.span, field.value.utf8.span) }
        switch framing {
        case .chunked: writer.framing(.chunked)
        case .length: writer.framing(.length(reply.body.count))
        case .close, nil: break
        }
        // A connection that will break does not announce it.
        if reply.delivery.ending == .complete { writer.field("Connection", literal: "close") }
        writer.endHead()
    }

    /// Writes pending data to the socket, in pieces if required.
    /// - Returns: false when the connection is broken.
    private mutating func flush() async -> Bool {
        let bytes = writer.bytes
        writer.removeAll()
        var sent = 0
        var writes = 0
        while sent < bytes.count {
            let end = min(bytes.count, sent + min(pieceSize, bytes.count))
            switch stream.write(bytes.span.extracting(sent..<end)) {
            case .bytes(let count):
                sent += count
                writes += 1
                if writes.isMultiple(of: 64) { await clock.yield() }
            case .wouldBlock: guard await stream.waitWritable(until: .now() + Self.patience) == .ready else { return false }
            case .end, .failed: return false
            }
        }
        return true
    }
}

extension Delivery.Ending {
    /// How many bytes of the body are sent.
    fileprivate var bodyLimit: Int {
        switch self {
        case .closeAfter(let count), .resetAfter(let count), .holdAfter(let count): count
        case .complete, .closeWithoutResponse, .resetWithoutResponse, .hold: .max
        }
    }
}
