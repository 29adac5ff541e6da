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
        keeper.fleet = fleet
        store.onRegained = { [unowned keeper] in keeper.storeRegained() }
        store.onLost = { [unowned keeper] in keeper.storeLost() }
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

    var fleetStatus: FleetStatus? {
        guard let fleet = keeper?.fleet else { return nil }
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
        status.tokens = [("fetched", fleet.fetched), ("received", fleet.received), ("local", fleet.local)]
        status.refusedRecords = fleet.refused
        return status
    }
}
