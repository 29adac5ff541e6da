import Network
import Policy
import Wire

/// The admin listener: health, metrics, the status page and quit. Never served on a callers' listener.
final class AdminHandler: RequestHandler {
    private let control: GatewayControl
    private let address: ListenAddress
    private var pageGuard: PageGuard

    /// - Parameter hosts: additional names accepted in `Host`.
    init(control: GatewayControl, address: ListenAddress, hosts: [String]) {
        self.control = control
        self.address = address
        pageGuard = Self.pageGuard(address, hosts)
    }

    func accept(hosts: [String]) { pageGuard = Self.pageGuard(address, hosts) }

    /// Web pages cannot read cross-origin responses, and links to the status page must work.
    private static func pageGuard(_ address: ListenAddress, _ hosts: [String]) -> PageGuard {
        PageGuard(address: address, hosts: hosts, pages: .readOnly)
    }

    func handle(_ exchange: HTTPExchange) async {
        if let refusal = exchange.head.contentRefusal { return await refuse(refusal, exchange) }
        do throws(Denial) {
            let head = exchange.head
            try exchange.withHeadBytes { bytes throws(Denial) in try pageGuard.check(head, bytes) }
        } catch {
            return await send(exchange, error.status, Array("\(error.title): \(error.detail)\n".utf8), type: "text/plain")
        }
        let path = exchange.path
        switch (exchange.head.method, path) {
        case (.get, "/livez"), (.head, "/livez"): await send(exchange, 200, json: HealthBodies.live)
        case (.get, "/readyz"), (.head, "/readyz"):
            let report = await control.readiness(ofTenants: exchange.queryHas("tenants"))
            await send(exchange, report.ready ? 200 : 503, json: report.json)
        case (.get, "/startupz"), (.head, "/startupz"):
            let startup = HealthBodies.startup(await control.stage)
            await send(exchange, startup.isStarted ? 200 : 503, json: startup.json)
        case (.get, "/metrics"), (.head, "/metrics"):
            let format = MetricsFormat(accept: exchange.accept)
            await send(exchange, 200, await control.metricsText(format), type: format.contentType)
        case (.get, "/openapi.json"), (.head, "/openapi.json"): await send(exchange, 200, json: await control.openAPI())
        case (.get, "/problems.json"), (.head, "/problems.json"): await send(exchange, 200, json: ProblemType.json)
        case (.get, "/status.json"), (.head, "/status.json"): await send(exchange, 200, json: await control.status().json)
        case (.get, "/"), (.head, "/"):
            exchange.start(200)
            exchange.add("Content-Type", StatusPage.contentType)
            exchange.add("Content-Security-Policy", StatusPage.contentSecurityPolicy)
            exchange.add("X-Content-Type-Options", literal: "nosniff")
            exchange.add("Cache-Control", literal: "no-store")
            await exchange.finish(StatusPage.html)
        case (.post, "/quitquitquit"): await quit(exchange)
        case (_, "/livez"), (_, "/readyz"), (_, "/startupz"), (_, "/metrics"), (_, "/status.json"), (_, "/openapi.json"),
            (_, "/problems.json"), (_, "/"):
            await send(exchange, 405, Array("GET and HEAD only\n".utf8), type: "text/plain", allow: "GET, HEAD")
        case (_, "/quitquitquit"): await send(exchange, 405, Array("POST only\n".utf8), type: "text/plain", allow: "POST")
        default: await send(exchange, 404, Array("no such page\n".utf8), type: "text/plain")
        }
    }

    func refuse(_ refusal: Refusal, _ exchange: HTTPExchange) async {
        await send(exchange, refusal.status, Array("\(refusal.reason)\n".utf8), type: "text/plain")
    }

    /// Only from this machine: in a pod that means its containers only.
    private func quit(_ exchange: HTTPExchange) async {
        guard exchange.isFromThisMachine else {
            return await send(exchange, 403, Array("from loopback only\n".utf8), type: "text/plain")
        }
        await send(exchange, 200, Array("draining\n".utf8), type: "text/plain")
        await control.quit()
    }

    private func send(_ exchange: HTTPExchange, _ status: Int, json: [UInt8]) async {
        await send(exchange, status, json, type: "application/json")
    }

    private func send(_ exchange: HTTPExchange, _ status: Int, _ body: [UInt8], type: String, allow: String? = nil) async {
        exchange.start(status)
        exchange.add("Content-Type", type)
        exchange.add("Cache-Control", literal: "no-store")
        if let allow { exchange.add("Allow", allow) }
        await exchange.finish(body)
    }
}

extension HTTPExchange {
    /// The path, as text.
    fileprivate var path: String {
        let head = head
        return withHeadBytes { bytes in String(decoding: head.pathRange.map { bytes[$0] }, as: UTF8.self) }
    }

    /// The values of `Accept`, joined.
    fileprivate var accept: String {
        let fields = head.fields.filter { $0.name == .accept }
        return withHeadBytes { bytes in
            fields.map { field in String(decoding: field.valueRange.map { bytes[$0] }, as: UTF8.self) }.joined(separator: ",")
        }
    }

    /// Whether the query has a parameter, with or without a value.
    fileprivate func queryHas(_ name: String) -> Bool {
        guard let range = head.queryRange else { return false }
        let query = withHeadBytes { bytes in String(decoding: range.map { bytes[$0] }, as: UTF8.self) }
        return query.split(separator: "&").contains { $0 == name || $0.hasPrefix("\(name)=") }
    }
}
