import CommandSupport
import Gateway
import Policy

/// A report of `explain` as formatted text.
struct ExplanationPage {
    let title: String
    let style: TerminalStyle

    func text(_ report: RequestReport) -> String {
        var lines = [style.bold(title), ""]
        lines += verdict(report)
        lines += section("Resolved", decisions(report.decisions))
        lines += section(report.limits?.tenant.usesHub == true ? "Sent to the hub" : "Sent to Zuora", sent(report.sent))
        lines += section("Removed from the request", removed(report.removed))
        if let limits = report.limits { lines += section("Limits and policies", limits.columns) }
        return lines.joined(separator: "\n")
    }

    private func verdict(_ report: RequestReport) -> [String] {
        switch report.verdict {
        case .forwarded(let upstream):
            var columns = TextColumns()
            columns.add("to", "\(upstream.method) \(upstream.url)")
            columns.add("Host", upstream.host)
            return [style.good("FORWARDED")] + columns.lines(decorate: emphasis)
        case .handledLocally(.tokenEndpoint):
            return [style.good("HANDLED LOCALLY"), "  a token for the caller, from its name and key; nothing is sent to Zuora"]
        case .handledLocally(.healthCheck):
            return [
                style.good("HANDLED LOCALLY"),
                "  a health check (health_path): whether the process can serve; nothing is sent to Zuora",
            ]
        case .refused(let problem):
            var columns = TextColumns()
            columns.add("by phase", problem.phase)
            columns.add("status", "\(problem.status)")
            columns.add("type", problem.typeURI)
            columns.add("title", problem.title)
            columns.add("detail", problem.detail)
            if let allow = problem.allow { columns.add("Allow", allow) }
            return [style.bad("REFUSED")] + columns.lines(decorate: emphasis)
        }
    }

    private func decisions(_ decisions: [Explanation.Decision]) -> TextColumns {
        var columns = TextColumns()
        for decision in decisions { columns.add(decision.subject.rawValue, decision.value, decision.why) }
        return columns
    }

    private func sent(_ lines: [Explanation.Sent]) -> TextColumns {
        var columns = TextColumns()
        for line in lines { columns.add(line.name, line.value, line.origin.rawValue) }
        return columns
    }

    private func removed(_ lines: [Explanation.Removed]) -> TextColumns {
        var columns = TextColumns()
        for line in lines { columns.add(line.name, line.why.rawValue) }
        return columns
    }

    private func section(_ title: String, _ columns: TextColumns) -> [String] {
        columns.isEmpty ? [] : ["", style.bold(title)] + columns.lines(decorate: emphasis)
    }

    /// Columns: name, value, remarks.
    private func emphasis(_ column: Int, _ cell: String) -> String { column == 2 ? style.dim(cell) : cell }
}
