import Network
import Wire

/// Health checks on callers' listeners (`health_path`). They need no tenant and no key, and leave neither log line nor counter.
extension Gateway {
    func isHealthCheck(_ http: HTTPExchange, _ path: [UInt8]) -> Bool {
        let range = http.head.pathRange
        guard range.count == path.count else { return false }
        return http.withHeadBytes { bytes in
            for i in 0..<path.count where bytes[range.lowerBound + i] != path[i] { return false }
            return true
        }
    }

    func respondToHealthCheck(_ http: HTTPExchange) async {
        let isServing = stage?.isServing ?? false
        switch http.head.method {
        case .get where http.head.contentRefusal == nil, .head where http.head.contentRefusal == nil:
            http.start(isServing ? 200 : 503)
            http.add("Content-Type", literal: "application/json")
            http.add("Cache-Control", literal: "no-store")
            await http.finish(isServing ? HealthBodies.ready : HealthBodies.notReady)
        case .get, .head:
            http.start(400)
            await http.finish([])
        default:
            http.start(405)
            http.add("Allow", literal: "GET, HEAD")
            await http.finish([])
        }
    }
}
