import Configuration
import Network
import Policy
import Wire

/// `[fleet]`: takes effect at start.
extension GatewayControl {
    func joinFleet(_ configuration: Configuration, _ keeper: TokenKeeper, _ upstream: UpstreamClient) throws(StartError) {
        guard let settings = configuration.fleet else { return }
        let store = StoreClient(settings, reactor: reactor, upstream: upstream, log: log)
        guard let fleet = Fleet(settings, key: try fleetKey(settings), store: store) else {
            throw StartError("fleet: OpenSSL cannot derive keys")
        }
        self.fleet = fleet
        if settings.share.contains(.tokens) { keeper.fleet = fleet }
        let slots = settings.share.contains(.slots) ? SlotKeeper(fleet, reactor: reactor) : nil
        slotKeeper = slots
        let rates = settings.share.contains(.rates) ? RateKeeper(fleet, reactor: reactor) : nil
        rateKeeper = rates
        store.onRegained = { [unowned keeper] in
            keeper.storeRegained()
            slots?.storeRegained()
            rates?.storeRegained()
        }
        store.onLost = { [unowned keeper] in
            keeper.storeLost()
            slots?.storeLost()
            rates?.storeLost()
        }
        store.begin()
    }

    private func fleetKey(_ settings: FleetSettings) throws(StartError) -> Secret? {
        guard let source = settings.key else { return nil }
        do throws(SecretProblem) {
            return try SecretReader.secret(source, for: .clientSecret).get()
        } catch {
            throw StartError("fleet.key cannot be used: \(error.text)")
        }
    }

    /// A new admission for a tenant, with what it shares with other members.
    func makeAdmission(_ settings: TenantSettings, _ entities: EntityPolicy) throws(StartError) -> TenantAdmission {
        let entities = entities.entities.map { (id: $0.id.hex, name: $0.name) }
        admissions += 1
        let id = admissions
        let lanes = slotKeeper?.lanes(settings, id: id, entities: entities.count)
        let starts = rateKeeper?.starts(settings)
        guard lanes != nil || starts != nil else { return TenantAdmission(settings, now: .now()) }
        let admission = TenantAdmission(settings, now: .now(), lanes: lanes, starts: starts) { [loop] due in
            Task(executorPreference: loop) { await self.tell(due, of: id) }
        }
        if starts != nil { rateKeeper?.add(admission, id: id) }
        if lanes != nil, slotKeeper?.add(admission, id: id, tenant: settings.name, entities: entities) != true {
            throw StartError("fleet: OpenSSL cannot derive keys")
        }
        return admission
    }

    private func tell(_ due: TenantAdmission.Due, of admission: Int) {
        if !due.lanes.isEmpty { slotKeeper?.due(admission, due.lanes) }
        if due.starts { rateKeeper?.due(admission) }
    }

    var fleetStatus: FleetStatus? {
        guard let fleet else { return nil }
        let health = fleet.store.health
        let (state, reason): (FleetStatus.State, String?) =
            switch health.state {
            case .starting: (.starting, nil)
            case .up: (.up, nil)
            case .lost(let loss): (.lost, loss.name)
            }
        var status = FleetStatus(state: state, reason: reason, seconds: Int((Instant.now() - health.since).seconds))
        status.losses = fleet.store.losses
        status.commands = fleet.store.commands
        status.commandSeconds = fleet.store.commandTime.seconds
        status.tokens = [("fetched", fleet.fetched), ("received", fleet.received), ("local", fleet.local)]
        status.refusedRecords = fleet.refused
        if let slotKeeper {
            status.members = slotKeeper.counted
            status.lanes = slotKeeper.status
            status.lostLeases = slotKeeper.losses
        }
        status.pauses = rateKeeper?.pauses
        return status
    }
}
