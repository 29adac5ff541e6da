import Network
import Policy
import Wire

/// The rates and pauses that tenants share with other members, on the control loop: takes starts from the store in chunks, and tells the
/// other members when Zuora asks for less.
final class RateKeeper {
    private final class Entry {
        /// nil once the last request of a former configuration has ended.
        private(set) weak var admission: TenantAdmission?
        /// Since the start, by reason.
        var pauses: [String: Int] = [:]
        var timer: Timer?

        init(_ admission: TenantAdmission) { self.admission = admission }
    }

    private let reactor: Reactor
    private let fleet: Fleet
    /// By the number of the admission.
    private var entries: [Int: Entry] = [:]
    /// Pauses of admissions that are gone, by reason.
    private var formerPauses: [String: Int] = [:]

    init(_ fleet: Fleet, reactor: Reactor) {
        self.fleet = fleet
        self.reactor = reactor
    }

    // MARK: Tenants

    /// What a tenant's admission shares of its starts.
    /// - Returns: nil for a hub, which decides; or if OpenSSL is out of memory or broken.
    func starts(_ settings: TenantSettings) -> SharedStarts? {
        guard !settings.usesHub, let key = fleet.keys.rate(tenant: settings.name) else { return nil }
        var starts = SharedStarts(key: key, rate: settings.admission.fleetRate)
        if case .lost = fleet.store.health.state { starts.storeLost() }
        return starts
    }

    /// Begins to drive an admission's starts.
    func add(_ admission: TenantAdmission, id: Int) {
        let entry = Entry(admission)
        entry.timer = Timer(reactor.timers) { [weak self, weak entry] in if let entry { self?.pump(entry) } }
        entries[id] = entry
    }

    /// Drops admissions of former configurations. Requests that began with one may need a start of it until they end.
    func dropGone() {
        for (id, entry) in entries where entry.admission == nil {
            formerPauses.merge(entry.pauses, uniquingKeysWith: +)
            entry.timer?.cancel()
            entries[id] = nil
        }
    }

    // MARK: Commands

    /// Something is due in an admission.
    func due(_ admission: Int) {
        if let entry = entries[admission] { pump(entry) }
    }

    private func pump(_ entry: Entry, _ change: (inout SharedStarts) -> Void = { _ in }) {
        guard let admission = entry.admission else { return dropGone() }
        let step = admission.stepStarts(.now(), change)
        entry.pauses = admission.starts?.pauses ?? [:]
        for notice in step.notices { fleet.store.run(notice) { _, _ in } }
        if let chunk = step.chunk {
            fleet.store.run(chunk) { [weak self, weak entry] value, asked in
                guard let self else { return }
                guard let reply = RateReply(value) else { return fleet.store.malformed() }
                if let entry { pump(entry) { $0.replied(reply, asked: asked, .now()) } }
            }
        }
        if let next = step.next { entry.timer?.schedule(at: next) } else { entry.timer?.cancel() }
    }

    func storeRegained() {
        for entry in entries.values { pump(entry) { $0.storeRegained() } }
    }

    func storeLost() {
        for entry in entries.values { pump(entry) { $0.storeLost() } }
    }

    // MARK: Status

    /// Pauses since the start, by reason.
    var pauses: [String: Int] {
        entries.values.reduce(formerPauses) { $0.merging($1.pauses, uniquingKeysWith: +) }
    }
}
