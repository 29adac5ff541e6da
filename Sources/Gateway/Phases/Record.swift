import EventLoop
import GatewayCore
import HTTPWire
import Timekeeping

/// record: one line and the counters, whatever became of the exchange.
extension Gateway {
    func record(_ exchange: Exchange) {
        recorder?.record(exchange, now: reactor.now)
    }
}

/// Whoever keeps the books.
protocol ExchangeRecorder: AnyObject {
    func record(_ exchange: Exchange, now: Instant)
}
