import Network
import Policy
import Wire

extension Gateway {
    /// Responds with a problem, or cuts the connection if a response has begun already.
    func respond(_ problem: Problem, _ http: HTTPExchange, _ journal: Journal) async {
        journal.problem = problem
        if journal.outcome == nil { journal.outcome = problem.outcome }
        guard !http.hasStarted, problem.status != 499 else { return http.abort() }
        journal.entry.status = problem.status
        let body = problem.json(tenant: journal.tenant, trackID: journal.entry.trackID)
        http.start(problem.status)
        http.add("Content-Type", literal: "application/problem+json")
        addOwnFields(http, journal)
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
