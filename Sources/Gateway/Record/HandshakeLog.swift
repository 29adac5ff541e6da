import Logging
import Network
import Wire

/// Says in the log why TLS clients do not get in: at most once a second, since a flood of them must not become a flood of lines.
final class HandshakeLog {
    private static let interval = Duration.seconds(1)

    private let log: Logger
    private let reactor: Reactor
    private var quietUntil = Instant(nanoseconds: 0)
    /// Failures since the last line that got none.
    private var silent = 0

    init(_ log: Logger, reactor: Reactor) {
        self.log = log
        self.reactor = reactor
    }

    func note(_ error: TLSError, listener: String, address: String?) {
        let now = reactor.now
        guard now >= quietUntil else {
            silent += 1
            return
        }
        quietUntil = now + Self.interval
        var metadata: Logger.Metadata = ["reason": "\(error)", "listener": "\(listener)"]
        if let address { metadata["client"] = "\(address)" }
        if silent > 0 { metadata["others_since_the_last_line"] = "\(silent)" }
        silent = 0
        log.warning("a TLS client did not get in", metadata: metadata)
    }
}
