import Configuration
import Gateway
import Network
import Policy
import Wire

extension ConfigurationCheck {
    /// The check's result as one JSON object on one line.
    /// - Parameter file: the configuration's name.
    func json(file: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("exit_code", Int(exitCode))
        writer.key("findings")
        writer.beginArray()
        for diagnostic in findings {
            writer.beginObject()
            writer.member("severity", diagnostic.severity == .error ? "error" : "warning")
            writer.member("text", "\(diagnostic)")
            writer.member("file", file)
            if let line = diagnostic.line { writer.member("line", line) }
            if let column = diagnostic.column { writer.member("column", column) }
            if let key = diagnostic.keyPath { writer.member("key", key) }
            writer.member("message", diagnostic.message)
            if let hint = diagnostic.hint { writer.member("hint", hint) }
            writer.endObject()
        }
        writer.endArray()
        if let store {
            writer.key("fleet")
            writer.beginObject()
            writer.member("store", store.host)
            writer.member("ok", store.loss == nil)
            if let loss = store.loss { writer.member("cause", loss) }
            if let version = store.version { writer.member("version", version) }
            if let policy = store.evicts { writer.member("evicts", policy) }
            writer.member("text", store.text)
            writer.endObject()
        }
        if let trials {
            writer.key("tenants")
            writer.beginArray()
            for trial in trials { writer.append(trial, verdict(trial)) }
            writer.endArray()
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension JSONWriter {
    fileprivate mutating func append(_ trial: TenantTrial, _ verdict: TenantTrial.Verdict) {
        beginObject()
        member("tenant", trial.tenant.name)
        member("verdict", verdict.rawValue)
        member("upstream", trial.upstream)
        key("connection")
        append(trial.connection)
        key("token")
        append(trial.token, host: trial.tokenHost)
        list("entities", trial.entities)
        key("entity_findings")
        beginArray()
        for finding in trial.findings {
            beginObject()
            member("kind", finding.kind.rawValue)
            member("severity", "\(finding.severity)")
            list("entities", finding.entities)
            member("text", finding.text)
            endObject()
        }
        endArray()
        list("orgs", trial.tenant.orgs)
        endObject()
    }

    private mutating func append(_ connection: TenantTrial.Connection) {
        beginObject()
        let agreement: TLSAgreement?
        switch connection {
        case .open(let tls):
            member("ok", true)
            agreement = tls
        case .mute(let tls, let failure):
            append(failure)
            agreement = tls
        case .failed(let failure):
            append(failure)
            agreement = nil
        }
        if let agreement {
            member("tls", agreement.version)
            member("cipher", agreement.cipher)
        }
        endObject()
    }

    private mutating func append(_ failure: UpstreamFailure) {
        member("ok", false)
        member("cause", failure.brief)
        member("error", failure.kind.proxyStatusError)
        member("text", failure.fullExplanation)
    }

    private mutating func append(_ token: TenantTrial.TokenResult, host: String) {
        beginObject()
        switch token {
        case .granted(let lifetime):
            member("ok", true)
            member("lifetime_seconds", Int(lifetime.components.seconds))
        case .failed(let failure):
            member("ok", false)
            member("cause", failure.name)
            member("retryable", failure.isRetryable)
            member("suspects_data_centre", failure.suspectsDataCentre)
            member("text", failure.text(host: host))
        case .unused:
            member("static", true)
        case .hub(let result):
            member("hub", true)
            member("ok", result == .accepted)
            if let text = result.text { member("text", text) }
        }
        endObject()
    }

    private mutating func list(_ name: StaticString, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }
}
