import Network
import Wire

/// Passes a server's requests to a `SandboxZuora`, and delivers its replies.
final class SandboxService: RequestHandler {
    var zuora: SandboxZuora
    private let reactor: Reactor
    /// Clocks of the deliveries in progress.
    private var clocks: [ObjectIdentifier: DeliveryClock] = [:]
    private var isStopped = false

    init(_ zuora: SandboxZuora, reactor: Reactor) {
        self.zuora = zuora
        self.reactor = reactor
    }

    func handle(_ exchange: HTTPExchange) async {
        var request = SandboxRequest(exchange)
        do {
            while let chunk = try await exchange.nextBodyChunk() { request.body += chunk }
        } catch {
            if case .refused(let refusal) = error { await refuse(refusal, exchange) } else { exchange.abort() }
            return
        }
        var reply = zuora.begin(request, now: .now())
        // A rule may suppress the operation without defining a response.
        if !(200...599).contains(reply.status) { reply.status = 500 }
        let isWhole = await deliver(reply, exchange)
        if let call = reply.call { zuora.finish(call, whole: isWhole, now: .now()) }
    }

    private func deliver(_ reply: SandboxReply, _ exchange: HTTPExchange) async -> Bool {
        let clock = DeliveryClock(reactor)
        clocks[ObjectIdentifier(clock)] = clock
        defer { clocks[ObjectIdentifier(clock)] = nil }
        if isStopped { clock.end() }
        if reply.delivery.waits { exchange.onClientGone = { clock.end() } }
        guard await clock.wait(reply.delivery.delay) else {
            exchange.abort()
            return false
        }
        if ExchangeDelivery.suits(reply.delivery) {
            return await ExchangeDelivery(exchange: exchange, clock: clock).deliver(reply)
        }
        let head = exchange.head
        var delivery = WireDelivery(
            stream: exchange.takeOver(), clock: clock, isHead: head.method == .head, isOld: head.minorVersion == 0)
        return await delivery.deliver(reply)
    }

    func refuse(_ refusal: Refusal, _ exchange: HTTPExchange) async {
        exchange.start(refusal.status)
        exchange.add("Content-Type", literal: "text/plain")
        await exchange.finish(Array(refusal.reason.description.utf8))
    }

    /// Ends every wait.
    func stop() {
        isStopped = true
        for clock in clocks.values { clock.end() }
    }
}

extension Delivery {
    /// Whether it may stall for a while although the client reads.
    fileprivate var waits: Bool {
        if delay > .zero || bodyDelay > .zero || pieceDelay > .zero { return true }
        return switch ending {
        case .hold, .holdAfter, .resetAfter: true
        case .complete, .closeWithoutResponse, .resetWithoutResponse, .closeAfter: false
        }
    }
}

extension SandboxRequest {
    /// The request of an exchange, with its body still to be read.
    init(_ exchange: HTTPExchange) {
        let head = exchange.head
        self = exchange.withHeadBytes { bytes in
            func text(_ range: Range<Int>) -> String { String(decoding: range.map { bytes[$0] }, as: UTF8.self) }
            return SandboxRequest(
                text(head.methodRange), text(head.pathRange), query: head.queryRange.map(text),
                fields: head.fields.map { Field(text($0.nameRange), text($0.valueRange)) })
        }
        peer = exchange.peerAddress ?? "unix"
    }
}
