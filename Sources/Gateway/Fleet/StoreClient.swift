import Logging
import Network
import Policy
import Wire

/// The fleet's store, on the control loop: one server, the one that sentinels name, or the nodes of a cluster that have the keys in use.
/// `StoreHealth` decides when it is dialled, when it may be used, and when it counts as lost; a server that is lost is all of it lost.
final class StoreClient {
    /// A command that may be sent again, to another node or with the script's text.
    private struct KeyedCommand {
        enum Command {
            case script(ScriptCall)
            /// For the node's reply alone.
            case exists
        }

        let command: Command
        let key: String
        let asked: Instant
        let deadline: Instant
        let done: (RESPValue, Instant) -> Void
        var isWhole = false
        var redirects = 0

        var bytes: [UInt8] {
            switch command {
            case .script(let call): call.command(whole: isWhole)
            case .exists: StoreCommand.bytes(["EXISTS", key])
            }
        }
    }

    private enum Stage { case closed, dialling, open }

    private let settings: FleetSettings
    private let reactor: Reactor
    private let log: Logger
    private var random = SplitMix64()
    private(set) var health: StoreHealth
    private var stage = Stage.closed
    private var round: StoreRound
    /// nil without a cluster.
    private var cluster: ClusterMap?
    private let connections: StoreConnections
    private var timer: Timer?
    /// The server that the sentinels have named last.
    private var master: StoreAddress?
    /// Losses since the start, by reason.
    private(set) var losses: [String: Int] = [:]
    /// Commands since the start.
    private(set) var commands = 0
    /// The time until the replies to those that had one.
    private(set) var commandTime = Duration.zero
    /// Which server and version of it, such as `Redis 7.0.15`, as far as known.
    private(set) var version: String?
    /// `maxmemory-policy`, as far as known.
    private(set) var evictionPolicy: String?
    /// The master's `run_id` when it was entered: another one may lack the last writes. nil for a cluster, whose nodes have different ones.
    private(set) var runID: String?
    /// Why the password could not be read for the last connection.
    private var passwordProblem: SecretProblem?
    /// The store is unusable: commands that have no reply yet will get none.
    var onLost: (() -> Void)?
    /// It may be used.
    var onRegained: (() -> Void)?

    init(_ settings: FleetSettings, reactor: Reactor, upstream: UpstreamClient, log: Logger) {
        self.settings = settings
        self.reactor = reactor
        connections = StoreConnections(settings, reactor: reactor, upstream: upstream)
        self.log = log
        round = StoreRound(settings.addresses)
        if settings.kind == .cluster { cluster = ClusterMap(isTLS: settings.connection.isTLS) }
        health = StoreHealth(timeout: settings.timeout, now: .now())
        timer = Timer(reactor.timers) { [weak self] in self?.tick() }
        connections.onEnd = { [weak self] in self?.ended($0, $1, $2) }
    }

    /// Where the store is, for the operator.
    var address: String {
        if let path = settings.connection.unixSocket { return "unix:\(path)" }
        if case .sentinels(let name) = settings.kind, let master { return "\(name) at \(master)" }
        return settings.addresses.map(\.description).joined(separator: ", ")
    }

    /// Why the store is lost; nil if it is not.
    var loss: StoreHealth.Loss? { if case .lost(let loss) = health.state { loss } else { nil } }

    /// Connects.
    func begin() { tick() }

    /// Ends all connections; no other is made.
    func close() {
        hangUp()
        timer?.cancel()
        (onLost, onRegained) = (nil, nil)
    }

    /// Runs a script. Ignored while the store is not up.
    /// - Parameter done: gets the reply (an error if the keys are being moved) and when the script was sent; not called if the store is
    ///   lost meanwhile.
    func run(_ call: ScriptCall, _ done: @escaping (RESPValue, Instant) -> Void) {
        guard health.isUp else { return }
        let key = call.keys.first ?? ""
        cluster?.expect(key)
        let now = Instant.now()
        dispatch(KeyedCommand(command: .script(call), key: key, asked: now, deadline: now + settings.timeout, done: done))
        arm()
    }

    /// The replies are not those of a store with these scripts.
    func malformed() { fail(.malformed) }

    // MARK: Commands

    /// - Returns: whether it was sent; otherwise the store was lost, or another address is tried.
    @discardableResult
    private func dispatch(_ request: KeyedCommand, to node: StoreAddress? = nil, asking: Bool = false) -> Bool {
        guard let connection = connection(to: node ?? cluster?.node(of: request.key)) else { return false }
        if asking { send(["ASKING"], on: connection, deadline: request.deadline) { _ in } }
        transmit(request.bytes, on: connection, deadline: request.deadline) { [unowned self, unowned connection] value in
            guard case .error(let text) = value else { return request.done(value, request.asked) }
            let error = StoreError(text)
            // Of this lane only, until all of its keys have moved to another node.
            if error == .tryAgain { return request.done(value, request.asked) }
            refused(error, request, by: connection.address, asking: asking)
        }
        return true
    }

    private func refused(_ error: StoreError, _ request: KeyedCommand, by node: StoreAddress, asking: Bool) {
        var request = request
        if error == .unknownScript, !request.isWhole {
            request.isWhole = true
            dispatch(request, to: node, asking: asking)
            return
        }
        guard let redirect = cluster?.redirect(error, from: node, key: request.key, count: request.redirects) else {
            return fail(.refused(error))
        }
        switch redirect {
        case .send(let node, let asking):
            request.redirects += 1
            dispatch(request, to: node, asking: asking)
        case .fail(let loss): fail(loss)
        }
    }

    /// Sends a command that has no key.
    private func send(
        _ command: [String], on connection: StoreConnection, deadline: Instant, _ done: @escaping (RESPValue) -> Void
    ) {
        transmit(StoreCommand.bytes(command), on: connection, deadline: deadline) { [unowned self] value in
            if case .error(let text) = value { fail(.refused(StoreError(text))) } else { done(value) }
        }
    }

    private func transmit(
        _ bytes: [UInt8], on connection: StoreConnection, deadline: Instant, _ done: @escaping (RESPValue) -> Void
    ) {
        commands += 1
        let sent = Instant.now()
        connection.send(bytes, deadline: deadline) { [unowned self] value in
            commandTime += Instant.now() - sent
            done(value)
        }
    }

    /// Asks every node with a key in use, or the only server, for a reply.
    /// - Parameter done: called when all have replied.
    private func probe(within limit: Duration, _ done: @escaping () -> Void) {
        let now = Instant.now()
        let keys = cluster?.keys ?? []
        guard !keys.isEmpty else {
            guard let connection = connection(to: nil) else { return }
            return send(["PING"], on: connection, deadline: now + limit) { _ in done() }
        }
        var missing = keys.count
        for key in keys {
            let request = KeyedCommand(command: .exists, key: key, asked: now, deadline: now + limit) { _, _ in
                missing -= 1
                if missing == 0 { done() }
            }
            guard dispatch(request) else { return }
        }
        arm()
    }

    // MARK: Connections

    /// The connection to an address, or to any server; nil after a failure.
    private func connection(to address: StoreAddress?) -> StoreConnection? {
        guard let address else {
            if let any = connections.any { return any }
            fail(.unreachable)
            return nil
        }
        if let connection = connections[address] { return connection }
        if connections.count >= ClusterMap.maximumNodes {
            // Nodes may have none of the keys in use anymore.
            connections.close { [cluster] in !$0.isBusy && cluster?.isInUse($0.address) != true }
        }
        guard connections.count < ClusterMap.maximumNodes else {
            fail(.refused(.moved(host: address.host, port: address.port)))
            return nil
        }
        return open(address, login) { _ in }
    }

    private var login: StoreConnection.Login {
        StoreConnection.Login(username: settings.username, password: settings.password)
    }

    @discardableResult
    private func open(
        _ address: StoreAddress, _ login: StoreConnection.Login, onOpen: @escaping (StoreConnection) -> Void
    ) -> StoreConnection? {
        connections.open(address, login) { [unowned self] connection in
            passwordProblem = nil
            onOpen(connection)
            arm()
        }
    }

    private func ended(_ connection: StoreConnection, _ loss: StoreHealth.Loss, _ problem: SecretProblem?) {
        passwordProblem = problem
        // A node that no key in use is at may leave the cluster.
        let isNeeded = connection.isBusy || cluster?.isInUse(connection.address) != false || connections.any == nil
        if stage != .open || isNeeded { fail(loss) }
    }

    // MARK: Dialling

    private func dial() {
        stage = .dialling
        round.begin()
        attempt()
    }

    /// Tries the next configured address.
    private func attempt() {
        guard let address = round.next() else {
            stage = .closed
            return perform(health.failed(round.loss, .now(), using: &random))
        }
        switch settings.kind {
        case .server, .cluster: enter(address)
        case .sentinels(let name): ask(address, name)
        }
        arm()
    }

    private func ask(_ sentinel: StoreAddress, _ name: String) {
        master = nil
        let login = StoreConnection.Login(username: settings.sentinelUsername, password: settings.sentinelPassword)
        let command = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]
        open(sentinel, login) { [unowned self] connection in
            send(command, on: connection, deadline: .now() + settings.attemptTimeout) { [unowned self] value in
                switch SentinelReply.master(value, isTLS: settings.connection.isTLS) {
                case .success(let address):
                    closeConnections()
                    master = address
                    enter(address)
                case .failure(let loss): fail(loss)
                }
            }
        }
    }

    /// Connects to a server or a node, which may be used if it is a master, or in a cluster if its redirects lead to one.
    private func enter(_ address: StoreAddress) {
        let limit = settings.connection(to: address).connectTimeout
        open(address, login) { [unowned self] connection in
            // All sections at once: Redis 6 takes only one by name.
            send(["INFO"], on: connection, deadline: .now() + limit) { [unowned self] value in
                guard case .bulk(let text) = value else { return fail(.malformed) }
                let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
                func field(_ name: String) -> String? {
                    lines.first { $0.hasPrefix(name + ":") }.map { String($0.dropFirst(name.utf8.count + 1)) }
                }
                evictionPolicy = field("maxmemory_policy")
                // Valkey also has the version of Redis that it is compatible with.
                version = field("valkey_version").map { "Valkey " + $0 } ?? field("redis_version").map { "Redis " + $0 }
                runID = cluster == nil ? field("run_id") : nil
                if cluster != nil, lines.contains("cluster_enabled:1") {
                    probe(within: settings.connection.connectTimeout) { [unowned self] in entered() }
                } else if lines.contains("role:master") {
                    entered()
                } else {
                    fail(.refused(.readOnly))
                }
            }
        }
    }

    private func entered() {
        stage = .open
        round.succeeded()
        perform(health.connected(.now()))
    }

    // MARK: Health

    private func fail(_ loss: StoreHealth.Loss) {
        switch stage {
        case .closed: break
        case .dialling:
            closeConnections()
            round.failed(loss)
            attempt()
        case .open:
            hangUp()
            perform(health.failed(loss, .now(), using: &random))
        }
    }

    private func tick() {
        let now = Instant.now()
        guard let deadline = connections.deadline, now >= deadline else {
            return perform(health.tick(now, using: &random))
        }
        // After a stall of this process, replies that were in time have yet to be read.
        reactor.spawn { [weak self, reactor] in
            await reactor.yield()
            self?.endLate(now)
        }
    }

    /// The store is slow if a command still has no reply that was late at `time`.
    private func endLate(_ time: Instant) {
        guard stage != .closed else { return }
        if let deadline = connections.deadline, deadline <= time { fail(.slow) }
        arm()
    }

    private func perform(_ actions: [StoreHealth.Action]) {
        for action in actions {
            switch action {
            case .dial: dial()
            case .ping: probe(within: settings.timeout) { [unowned self] in perform(health.ponged(.now())) }
            case .hangUp: hangUp()
            case .lost(let loss):
                losses[loss.name, default: 0] += 1
                var metadata: Logger.Metadata = ["host": "\(address)", "reason": "\(loss.name)"]
                if let passwordProblem { metadata["password"] = "\(passwordProblem.text)" }
                log.warning("fleet store lost", metadata: metadata)
                onLost?()
            case .regained:
                log.notice("fleet store connected", metadata: ["host": "\(address)"])
                onRegained?()
            }
        }
        arm()
    }

    private func hangUp() {
        stage = .closed
        closeConnections()
    }

    private func closeConnections() {
        connections.close { _ in true }
        cluster?.forget()
    }

    private func arm() {
        let times = [health.nextTimer, connections.deadline].compactMap(\.self)
        if let next = times.min() { timer?.schedule(at: next) } else { timer?.cancel() }
    }
}
