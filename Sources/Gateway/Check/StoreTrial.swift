import Logging
import Network
import Policy
import Wire

/// The result of testing the fleet's store: connected, authenticated, to a master, and able to run a script.
public struct StoreTrial: Hashable, Sendable {
    /// The store's host and port, or its socket.
    public let host: String
    private let cause: StoreHealth.Loss?
    /// Which server and version of it, such as `Redis 7.0.15`; nil if it did not say.
    public let version: String?
    /// `maxmemory-policy`, if it lets the store drop keys.
    public let evicts: String?

    init(host: String, _ cause: StoreHealth.Loss?, version: String? = nil, policy: String? = nil) {
        self.host = host
        self.cause = cause
        // It gets to the operator's terminal.
        self.version = version.map { String(decoding: $0.utf8.prefix(64).filter { (0x20..<0x7F).contains($0) }, as: UTF8.self) }
        evicts = policy == "noeviction" ? nil : policy
    }

    /// Why it cannot be used, by `StoreHealth.Loss.name`; nil if it can.
    public var loss: String? { cause?.name }

    /// Whether an operator has to change something: not when it is only unreachable or slow.
    public var isRefusal: Bool {
        switch cause {
        case nil, .slow?, .unreachable?, .refused(.loading)?, .refused(.busy)?: false
        case .malformed?, .refused?, .unknownMaster?, .insecure?: true
        }
    }

    /// A line for the operator, without a label in front.
    public var text: String {
        switch cause {
        case nil: "\(host) can be used" + (version.map { " (\($0))" } ?? "")
        case .unreachable?: "\(host) cannot be reached, or its certificate is not trusted"
        case .slow?: "\(host) does not reply in time"
        case .refused(.unauthenticated)?: "\(host) does not accept the user or the password, or the password cannot be read"
        case .refused(.forbidden)?: "\(host) does not grant this user the rights that docs/fleet.md lists"
        case .refused(.readOnly)?: "\(host) is a replica, or does not accept writes"
        case .refused(.moved)?: "\(host) is a node of a cluster, which belongs in fleet.cluster, or redirects endlessly"
        case .unknownMaster?: "\(host): no master has the name in fleet.master"
        case .insecure?: "\(host) named a server on another machine, which is only used over TLS (rediss://)"
        case let other?: "\(host) cannot be used: \(other.name)"
        }
    }
}

extension OnlineCheck {
    /// Connects as a member of the fleet would, and runs scripts that change nothing that a member reads.
    func tryStore(_ settings: FleetSettings, _ upstream: UpstreamClient) async -> StoreTrial {
        let quiet = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
        let store = StoreClient(settings, reactor: reactor, upstream: upstream, log: quiet)
        let loss: StoreHealth.Loss? = await withCheckedContinuation { continuation in
            var isOver = false
            let end = { (loss: StoreHealth.Loss?) in
                guard !isOver else { return }
                isOver = true
                continuation.resume(returning: loss)
            }
            store.onLost = { end(store.loss) }
            store.onRegained = {
                let calls = Self.trials(settings, run: store.runID ?? "")
                var missing = calls.count
                for call in calls {
                    store.run(call) { value, _ in
                        missing -= 1
                        guard case .array = value else { return end(.malformed) }
                        if missing == 0 { end(nil) }
                    }
                }
            }
            store.begin()
        }
        store.close()
        return StoreTrial(host: store.address, loss, version: store.version, policy: store.evictionPolicy)
    }

    /// Scripts that together need every permission that a member needs, on the keys of a tenant without a name.
    private static func trials(_ settings: FleetSettings, run: String) -> [ScriptCall] {
        let keys = FleetKeys(name: settings.name)
        var calls = [MemberCount.call(keys.members() ?? "", member: "check", life: .zero)]
        if settings.share.contains(.slots) {
            let report = LeaseReport(member: "check", seq: 1, want: 0, keep: 0, settings: .init(cap: 1))
            calls.append(report.call(keys.lane(tenant: "", entity: "") ?? [], run: run))
        }
        if settings.share.contains(.tokens) || settings.share.contains(.rates) {
            // Of the scripts for tokens and rates, this one needs the most permissions.
            calls.append(TokenRecordFacts.failure(keys.rate(tenant: "") ?? "", fence: 0, delay: .zero, kind: ""))
        }
        return calls
    }
}
