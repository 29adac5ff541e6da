import Network
import Wire

/// The listener and connections on the server's loop.
final class SandboxEndpoint {
    let service: SandboxService
    private let http: HTTPServer
    private var socket: ListeningSocket?
    private var listener: Listener?

    init(
        _ socket: ListeningSocket, tls: TLSServerContext?, zuora: SandboxZuora, reactor: Reactor
    ) throws(SystemError) {
        let service = SandboxService(zuora, reactor: reactor)
        let http = HTTPServer(settings: .sandbox, reactor: reactor, gauge: ConnectionGauge(), handler: service)
        self.service = service
        self.http = http
        self.socket = socket
        listener = try Listener(socket, reactor: reactor) { http.adopt($0, listener: 0, tls: tls) }
    }

    /// Closes the listener and every connection, and returns when nothing is in flight.
    func stop() async {
        listener?.stop()
        listener = nil
        socket?.unlinkPath()
        socket = nil
        service.stop()
        http.closeAll()
        await http.waitUntilEmpty()
    }
}

extension ServerSettings {
    /// Longer time-outs than the gateway's, so that tests observe the gateway's.
    fileprivate static var sandbox: ServerSettings {
        var settings = ServerSettings()
        settings.body = 64 << 20
        settings.bodyGrace = .seconds(600)
        settings.idleTimeout = .seconds(600)
        settings.headTimeout = .seconds(600)
        settings.writeStall = .seconds(600)
        return settings
    }
}
