import CommandSupport
import Gateway
import Network
import Policy

/// The results for tenants as a table: a row for each, followed by remarks.
struct TrialTable {
    let style: TerminalStyle

    func text(_ trials: [TenantTrial]) -> String {
        var columns = TextColumns()
        columns.add("tenant", "upstream", "TLS", "token", "entities", "orgs")
        for trial in trials {
            columns.add(
                trial.tenant.name, trial.upstream, tls(trial), token(trial), entities(trial), orgs(trial))
        }
        var rows = columns.lines(indent: 0)[...]
        var lines = rows.popFirst().map { [style.bold($0)] } ?? []
        for (row, trial) in zip(rows, trials) {
            lines.append(row)
            lines += remarks(trial).map { "  \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    private func tls(_ trial: TenantTrial) -> String {
        switch trial.connection {
        case .open(let tls?): "\(tls.version), \(tls.cipher)"
        case .open(nil): "none, plain HTTP"
        case .mute(let tls, let failure):
            if let tls { "\(tls.version), \(tls.cipher), \(failure.brief)" } else { failure.brief }
        case .failed(let failure): failure.brief
        }
    }

    private func token(_ trial: TenantTrial) -> String {
        switch trial.token {
        case .granted(let lifetime): "ok, \(lifetime.components.seconds) s"
        case .failed(let failure):
            trial.isTokenLostWithConnection ? "-" : failure.name + (failure.suspectsDataCentre ? " (data centre?)" : "")
        case .unused: "static, not sent"
        case .hub(.accepted): "hub, accepted"
        case .hub(.refused): "hub, refused"
        case .hub(.unavailable): "hub, unavailable"
        case .hub(.notAGateway): "no gateway"
        case .hub(.noKey): "no key"
        case .hub(.unreachable): "-"
        }
    }

    private func entities(_ trial: TenantTrial) -> String {
        guard case .granted = trial.token else { return "-" }
        let configured = trial.tenant.entities.count
        if trial.entities.isEmpty { return configured == 0 ? "none" : "not stated" }
        if trial.entities.count == 1 { return "1, not sent with calls" }
        let used = trial.tenant.entities.filter { trial.entities.contains($0.name) }.count
        return "\(used) of \(configured) configured, \(trial.entities.count) in scope"
    }

    /// A token does not state which orgs it covers.
    private func orgs(_ trial: TenantTrial) -> String {
        if trial.tenant.usesHub { return "-" }
        return trial.tenant.orgs.isEmpty ? "none" : trial.tenant.orgs.joined(separator: ", ")
    }

    private func remarks(_ trial: TenantTrial) -> [String] {
        var remarks: [String] = []
        switch trial.connection {
        case .open: break
        case .mute(_, let failure), .failed(let failure):
            remarks.append("\(style.bad("error")): \(trial.upstream): \(failure.fullExplanation)")
        }
        switch trial.token {
        case .failed(let failure) where !trial.isTokenLostWithConnection:
            remarks.append("\(style.bad("error")): \(failure.text(host: trial.tokenHost))")
        case .hub(let result):
            if let text = result.text { remarks.append("\(style.bad("error")): \(text)") }
        case .unused:
            remarks.append("note: the static token was read but not sent; only the connection was tested")
        default: break
        }
        return remarks
            + trial.findings.map { finding in
                switch finding.severity {
                case .error: "\(style.bad("error")): \(finding.text)"
                case .warning: "warning: \(finding.text)"
                case .notice: "note: \(finding.text)"
                }
            }
    }
}
