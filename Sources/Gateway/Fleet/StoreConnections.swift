import Network
import Policy
import Wire

/// The connections to the store's servers, by address.
final class StoreConnections {
    private let settings: FleetSettings
    private let reactor: Reactor
    private let upstream: UpstreamClient
    private var all: [StoreAddress: StoreConnection] = [:]
    private var targets: [StoreAddress: UpstreamTarget] = [:]
    /// Called if a connection ends by itself, after it was removed, with the reason, and why its password could not be read.
    var onEnd: ((StoreConnection, StoreHealth.Loss, SecretProblem?) -> Void)?

    init(_ settings: FleetSettings, reactor: Reactor, upstream: UpstreamClient) {
        self.settings = settings
        self.reactor = reactor
        self.upstream = upstream
    }

    var count: Int { all.count }
    var any: StoreConnection? { all.values.first }
    subscript(address: StoreAddress) -> StoreConnection? { all[address] }
    /// When the first reply is late.
    var deadline: Instant? { all.values.compactMap(\.deadline).min() }

    /// Opens a connection to an address that has none.
    /// - Parameter onOpen: called when it is established, possibly before this returns.
    /// - Returns: nil if it has failed at once, after `onEnd`.
    @discardableResult
    func open(
        _ address: StoreAddress, _ login: StoreConnection.Login, onOpen: @escaping (StoreConnection) -> Void
    ) -> StoreConnection? {
        let connection = StoreConnection(
            address, login: login, loginTimeout: settings.connection.connectTimeout, reactor: reactor
        ) { [weak self] in self?.ended($0, $1, $2) }
        guard let target = target(of: address) else {
            onEnd?(connection, .unreachable, nil)
            return nil
        }
        all[address] = connection
        connection.open(target, upstream) { [unowned connection] in onOpen(connection) }
        return all[address] === connection ? connection : nil
    }

    func close(where condition: (StoreConnection) -> Bool) {
        for (address, connection) in all where condition(connection) {
            all[address] = nil
            connection.close()
        }
        // Addresses that other servers have named are not kept.
        for address in targets.keys where all[address] == nil && !settings.addresses.contains(address) {
            if let target = targets.removeValue(forKey: address) { upstream.forget(target) }
        }
    }

    private func ended(_ connection: StoreConnection, _ loss: StoreHealth.Loss, _ problem: SecretProblem?) {
        guard all[connection.address] === connection else { return }
        all[connection.address] = nil
        onEnd?(connection, loss, problem)
    }

    private func target(of address: StoreAddress) -> UpstreamTarget? {
        if let target = targets[address] { return target }
        let target = try? UpstreamTarget(settings.connection(to: address))
        targets[address] = target
        return target
    }
}
