import Network
import Wire

/// Delivers a reply as a well-behaved server does, with its delays. The connection is kept open.
struct ExchangeDelivery {
    let exchange: HTTPExchange
    let clock: DeliveryClock

    /// Whether a reply can be delivered this way. Others need the raw connection.
    static func suits(_ delivery: Delivery) -> Bool {
        delivery.ending == .complete && delivery.framing != .close && delivery.pieceSize == nil && delivery.interim == nil
            && !delivery.closes
    }

    /// - Returns: whether the complete response was passed to the kernel.
    func deliver(_ reply: SandboxReply) async -> Bool {
        do {
            return try await send(reply)
        } catch {
            exchange.abort()
            return false
        }
    }

    private func send(_ reply: SandboxReply) async throws(GzipError) -> Bool {
        let delivery = reply.delivery
        var body = try ReplyBody(reply.body, compresses: delivery.compresses)
        exchange.start(reply.status, withDate: reply.fields.first("Date") == nil)
        for field in reply.fields { exchange.add(field.name.utf8.span, field.value.utf8.span) }
        exchange.startBody(length: delivery.framing == .length ? body.length : nil)
        if delivery.bodyDelay > .zero {
            guard await exchange.flush(), await clock.wait(delivery.bodyDelay) else {
                exchange.abort()
                return false
            }
        }
        var slices = 0
        while let slice = try body.next(.max) {
            guard await exchange.write(slice[...]) else { return false }
            slices += 1
            if slices.isMultiple(of: 8) { await clock.yield() }
        }
        return await exchange.finishBody()
    }
}
