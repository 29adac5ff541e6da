import Wire

/// Whether requests can be served, and if not, why: the body of `/readyz`.
///
/// The gateway is ready when it runs and at least one tenant can be served: one tenant's broken credential must not
/// affect the others. What is missing is still reported.
public struct ReadinessReport: Sendable {
    public enum State: String, Sendable, CaseIterable {
        case starting
        /// All tenants are served.
        case ready
        /// Some tenants are not.
        case degraded
        case notReady = "not-ready"
        /// Shutting down: requests in flight are finished, new ones should go elsewhere.
        case draining
    }

    public let state: State
    let gateway: GatewayStatus
    /// The listed tenants; those that are not ready come first.
    let tenants: [TenantStatus]
    let readyCount: Int
    let total: Int

    /// The maximum of listed tenants; further ones are only counted.
    static let listed = 100

    public init(_ gateway: GatewayStatus, tenants: [TenantStatus]) {
        self.gateway = gateway
        let unready = tenants.filter { !$0.isReady }
        let ready = tenants.lazy.filter(\.isReady)
        total = tenants.count
        readyCount = total - unready.count
        self.tenants = Array(unready.prefix(Self.listed) + ready.prefix(max(Self.listed - unready.count, 0)))
        state =
            switch gateway.stage {
            case .starting: .starting
            case .draining: .draining
            case .running where !gateway.missing.isEmpty: .notReady
            case .running where unready.isEmpty && !tenants.isEmpty: .ready
            case .running: readyCount > 0 ? .degraded : .notReady
            }
    }

    /// Whether `/readyz` returns 200; else 503.
    public var ready: Bool { state == .ready || state == .degraded }
}

extension ReadinessReport {
    /// The report as JSON, line feed included.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("status", state.rawValue)
        json.member("ready", ready)
        json.member("version", gateway.version)
        json.texts("missing", gateway.missing)
        let configuration = gateway.configuration
        if configuration.error != nil || !configuration.awaitingRestart.isEmpty {
            json.key("configuration")
            json.beginObject()
            json.member("loaded", configuration.loadedAt.rfc3339)
            if let error = configuration.error { json.member("error", error) }
            if let failedAt = configuration.failedAt { json.member("failed", failedAt.rfc3339) }
            json.texts("awaiting_restart", configuration.awaitingRestart)
            json.endObject()
        }
        json.member("tenants_ready", readyCount)
        json.member("tenants_total", total)
        json.key("tenants")
        json.beginArray()
        for tenant in tenants {
            json.beginObject()
            json.member("tenant", tenant.label.name)
            json.member("ready", tenant.isReady)
            json.texts("missing", tenant.missing)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.bytes.append(UInt8(ascii: "\n"))
        return json.bytes
    }
}

extension JSONWriter {
    /// An array of strings; omitted if empty.
    mutating func texts(_ name: StaticString, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }
}

/// Bodies of the simple health checks.
public enum HealthBodies {
    /// `/livez`: any response means alive.
    public static let live = Array("{\"status\":\"alive\"}\n".utf8)

    /// `/startupz`: 200 once the gateway has started, even while draining; 503 before.
    public static func startup(_ stage: GatewayStatus.Stage) -> (isStarted: Bool, json: [UInt8]) {
        let isStarted = stage != .starting
        return (isStarted, Array("{\"status\":\"\(isStarted ? "started" : "starting")\"}\n".utf8))
    }
}
