import Logging
import Network
import Policy
import Wire

/// The connection to the fleet's store, on the control loop: scripts are sent, and their replies come in the same order. `StoreHealth`
/// decides when it is dialled, when it may be used, and when it counts as lost.
final class StoreClient {
    private struct Pending {
        let asked: Instant
        let limit: Duration
        /// To be sent again in full if the store does not know the script.
        let call: ScriptCall?
        let done: (RESPValue, Instant) -> Void
    }

    private let reactor: Reactor
    private let upstream: UpstreamClient
    private let target: UpstreamTarget
    private let settings: FleetSettings
    private let log: Logger
    private var random = SplitMix64()
    private(set) var health: StoreHealth
    private var pipe: UpstreamPipe?
    private var reader = RESPReader()
    private var pending: [Pending] = []
    private var timer: Timer?
    /// Losses since the start, by reason.
    private(set) var losses: [String: Int] = [:]
    /// Commands since the start.
    private(set) var commands = 0
    /// `maxmemory-policy`, as far as known.
    private(set) var evictionPolicy: String?
    /// Why the password could not be read for the current connection.
    private var passwordProblem: SecretProblem?
    /// The store is unusable: commands that have no reply yet will get none.
    var onLost: (() -> Void)?
    /// It may be used.
    var onRegained: (() -> Void)?

    init(_ settings: FleetSettings, target: UpstreamTarget, reactor: Reactor, upstream: UpstreamClient, log: Logger) {
        self.settings = settings
        self.target = target
        self.reactor = reactor
        self.upstream = upstream
        self.log = log
        health = StoreHealth(timeout: settings.timeout, now: .now())
        timer = Timer(reactor.timers) { [weak self] in self?.tick() }
    }

    /// Where the store is, for the operator.
    var address: String { target.settings.unixSocket.map { "unix:\($0)" } ?? target.authority }

    /// Connects.
    func begin() { tick() }

    /// Ends the connection; no other is made.
    func close() {
        hangUp()
        timer?.cancel()
        (onLost, onRegained) = (nil, nil)
    }

    /// Runs a script. Ignored while the store is not up.
    /// - Parameter done: gets the reply and when the script was sent; not called if the store is lost meanwhile.
    func run(_ call: ScriptCall, _ done: @escaping (RESPValue, Instant) -> Void) {
        guard health.isUp else { return }
        send(call.command(), limit: settings.timeout, call: call, done)
    }

    /// The replies are not those of a store with these scripts.
    func malformed() { fail(.malformed) }

    // MARK: Commands

    private func send(
        _ bytes: [UInt8], limit: Duration, call: ScriptCall? = nil, _ done: @escaping (RESPValue, Instant) -> Void
    ) {
        guard let pipe else { return }
        commands += 1
        pending.append(Pending(asked: .now(), limit: limit, call: call, done: done))
        pipe.send(bytes)
        arm()
    }

    private func received(_ bytes: [UInt8], on pipe: UpstreamPipe) {
        guard pipe === self.pipe else { return }
        reader.receive(bytes)
        do throws(RESPReader.Failure) {
            while pipe === self.pipe, let value = try reader.next() { handle(value) }
        } catch {
            fail(.malformed)
        }
    }

    private func handle(_ value: RESPValue) {
        guard !pending.isEmpty else { return fail(.malformed) }
        let command = pending.removeFirst()
        guard case .error(let text) = value else { return command.done(value, command.asked) }
        let error = StoreError(text)
        if error == .unknownScript, let call = command.call {
            send(call.command(whole: true), limit: settings.timeout, command.done)
        } else {
            fail(.refused(error))
        }
    }

    // MARK: Connection

    private func dial() {
        upstream.open(target) { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let pipe): connected(pipe)
            case .failure: fail(.unreachable)
            }
        }
    }

    private func connected(_ pipe: UpstreamPipe) {
        self.pipe = pipe
        reader = RESPReader()
        reactor.spawn { [weak self] in
            while let bytes = await pipe.read() { self?.received(bytes, on: pipe) }
            if let self, pipe === self.pipe { fail(.unreachable) }
        }
        do throws(SecretProblem) {
            try authenticate()
            passwordProblem = nil
        } catch {
            passwordProblem = error
            return fail(.refused(.unauthenticated))
        }
        // All sections at once: Redis 6 takes only one by name.
        send(StoreCommand.bytes(["INFO"]), limit: settings.connection.connectTimeout) { [unowned self] value, _ in
            guard case .bulk(let text) = value else { return fail(.malformed) }
            let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
            guard lines.contains("role:master") else { return fail(.refused(.readOnly)) }
            evictionPolicy = lines.first { $0.hasPrefix("maxmemory_policy:") }.map { String($0.dropFirst(17)) }
            perform(health.connected(.now()))
        }
    }

    /// Why the store is lost; nil if it is not.
    var loss: StoreHealth.Loss? { if case .lost(let loss) = health.state { loss } else { nil } }

    /// - Throws: if the password cannot be read.
    private func authenticate() throws(SecretProblem) {
        guard let source = settings.password else { return }
        let secret = try SecretReader.secret(source, for: .clientSecret).get()
        var password: [UInt8] = []
        secret.append(to: &password)
        var command: [UInt8] = []
        let user = settings.username.map { [Array($0.utf8)] } ?? []
        StoreCommand.append([Array("AUTH".utf8)] + user + [password], to: &command)
        password.wipe()
        send(command, limit: settings.connection.connectTimeout) { _, _ in }
        command.wipe()
    }

    // MARK: Health

    private func fail(_ loss: StoreHealth.Loss) {
        hangUp()
        perform(health.failed(loss, .now(), using: &random))
    }

    private func tick() {
        let now = Instant.now()
        if let first = pending.first, now >= first.asked + first.limit { return fail(.slow) }
        perform(health.tick(now, using: &random))
    }

    private func perform(_ actions: [StoreHealth.Action]) {
        for action in actions {
            switch action {
            case .dial: dial()
            case .ping:
                send(StoreCommand.bytes(["PING"]), limit: settings.timeout) { [unowned self] _, _ in
                    perform(health.ponged(.now()))
                }
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
        pending = []
        let pipe = pipe
        self.pipe = nil
        pipe?.close()
    }

    private func arm() {
        let times = [health.nextTimer, pending.first.map { $0.asked + $0.limit }].compactMap { $0 }
        if let next = times.min() { timer?.schedule(at: next) } else { timer?.cancel() }
    }
}
