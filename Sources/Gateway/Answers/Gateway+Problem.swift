import Network
import Policy
import Wire

extension Gateway {
    /// Answers with a problem, or cuts the connection if an answer has begun already.
    func answer(_ exchange: Exchange, _ problem: Problem) async {
        exchange.problem = problem
        if exchange.outcome == nil { exchange.outcome = problem.outcome }
        let http = exchange.http
        exchange.status = problem.status
        guard !http.hasStarted else { return http.abort() }
        guard problem.status != 499 else { return http.abort() }
        let body = problem.json(tenant: exchange.tenant?.name, trackID: exchange.trackID)
        http.start(problem.status)
        http.add("Content-Type", literal: "application/problem+json")
        addOwnFields(exchange)
        if let retryAfter = problem.retryAfter { http.add("Retry-After", RetryAfter.seconds(retryAfter)) }
        if let allow = problem.allow { http.add("Allow", allow) }
        if let challenge = problem.challenge { http.add("WWW-Authenticate", challenge) }
        if let error = problem.proxyError {
            let nextHop = problem.nextHop.map { "; next-hop=\"\($0)\"" } ?? ""
            http.add("Proxy-Status", "zuora-gateway; error=\(error)\(nextHop); details=\"\(problem.type)\"")
        }
        await http.finish(body)
    }
}
