import Synchronization
import Wire

/// Whether requests can be served, and if not, why: the body of `/readyz`.
///
/// The process is ready when it runs and its loops turn: an outage at Zuora must not take it out of rotation, since others could not
/// serve either. With its tenants it is ready if at least one of them can be served: one tenant's broken credential must not affect
/// the others. What is missing is still reported.
public struct ReadinessReport: Sendable {
    public enum State: String, Sendable, CaseIterable {
        case starting
        /// The process serves, and all tenants can be served, if they count.
        case ready
        /// Some tenants cannot be served.
        case degraded
        case notReady = "not-ready"
        /// Shutting down: requests in flight are finished, new ones should go elsewhere.
        case draining
    }

    public let state: State
    let gateway: GatewayStatus
    let tenants: Tenants?

    struct Tenants: Sendable {
        /// Those that are not ready come first.
        let listed: [TenantStatus]
        let readyCount: Int
        let total: Int
    }

    /// The maximum of listed tenants; further ones are only counted.
    static let listed = 100

    /// - Parameter tenants: nil if they do not count.
    public init(_ gateway: GatewayStatus, tenants: [TenantStatus]?) {
        self.gateway = gateway
        self.tenants = tenants.map(Tenants.init)
        state =
            switch gateway.stage {
            case .starting: .starting
            case .draining: .draining
            case .running where !gateway.missing.isEmpty: .notReady
            case .running: self.tenants?.state ?? .ready
            }
    }

    /// Whether the response has the status 200; else 503.
    public var ready: Bool { state == .ready || state == .degraded }
}

extension ReadinessReport.Tenants {
    fileprivate init(_ tenants: [TenantStatus]) {
        let unready = tenants.filter { !$0.isReady }
        let ready = tenants.lazy.filter(\.isReady)
        total = tenants.count
        readyCount = total - unready.count
        let limit = ReadinessReport.listed
        listed = Array(unready.prefix(limit) + ready.prefix(max(limit - unready.count, 0)))
    }

    fileprivate var state: ReadinessReport.State {
        if readyCount == 0 { return .notReady }
        return readyCount == total ? .ready : .degraded
    }
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
        if let fleet = gateway.fleet { json.append(fleet) }
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
        if let tenants { json.append(tenants) }
        json.endObject()
        json.bytes.append(UInt8(ascii: "\n"))
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func append(_ tenants: ReadinessReport.Tenants) {
        member("tenants_ready", tenants.readyCount)
        member("tenants_total", tenants.total)
        key("tenants")
        beginArray()
        for tenant in tenants.listed {
            beginObject()
            member("tenant", tenant.label.name)
            member("ready", tenant.isReady)
            texts("missing", tenant.missing)
            endObject()
        }
        endArray()
    }

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

    /// Callers' listeners say no more than whether the process serves.
    static let ready = Array("{\"status\":\"ready\"}\n".utf8)
    static let notReady = Array("{\"status\":\"not-ready\"}\n".utf8)

    /// `/startupz`: 200 once the gateway has started, even while draining; 503 before.
    public static func startup(_ stage: GatewayStatus.Stage) -> (isStarted: Bool, json: [UInt8]) {
        let isStarted = stage != .starting
        return (isStarted, Array("{\"status\":\"\(isStarted ? "started" : "starting")\"}\n".utf8))
    }
}

/// Whether the process serves: written by the control loop, read by the workers.
final class ProcessStage: Sendable {
    private let serving = Atomic<Bool>(false)

    /// From the end of the start to the beginning of a drain.
    var isServing: Bool {
        get { serving.load(ordering: .relaxed) }
        set { serving.store(newValue, ordering: .relaxed) }
    }
}
