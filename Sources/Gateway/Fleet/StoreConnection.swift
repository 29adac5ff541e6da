import Network
import Policy
import Wire

/// A connection to one server of the store, or to a sentinel: commands are sent once it is established, and their replies come in the same
/// order.
final class StoreConnection {
    /// The user and password of a server, read for each connection.
    struct Login {
        let username: String?
        let password: SecretSource?
    }

    private struct Pending {
        let deadline: Instant
        let done: (RESPValue) -> Void
    }

    let address: StoreAddress
    private let reactor: Reactor
    private let login: Login
    private let loginTimeout: Duration
    /// Called once if the connection ends without `close`.
    private let onEnd: (StoreConnection, StoreHealth.Loss, SecretProblem?) -> Void
    private var pipe: UpstreamPipe?
    private var reader = RESPReader()
    private var pending: [Pending] = []
    /// Commands before the connection is established.
    private var waiting: [UInt8] = []
    private var isClosed = false

    init(
        _ address: StoreAddress, login: Login, loginTimeout: Duration, reactor: Reactor,
        onEnd: @escaping (StoreConnection, StoreHealth.Loss, SecretProblem?) -> Void
    ) {
        self.address = address
        self.login = login
        self.loginTimeout = loginTimeout
        self.reactor = reactor
        self.onEnd = onEnd
    }

    /// Whether a command has no reply yet.
    var isBusy: Bool { !pending.isEmpty }

    /// When a reply is late.
    var deadline: Instant? { pending.lazy.map(\.deadline).min() }

    /// Connects, within the target's limit.
    /// - Parameter onOpen: called when commands may have replies, possibly before this returns.
    func open(_ target: UpstreamTarget, _ upstream: UpstreamClient, onOpen: @escaping () -> Void) {
        upstream.open(target) { [weak self] result in
            switch result {
            case .success(let pipe):
                guard let self, !isClosed else { return pipe.close() }
                connected(pipe)
                if !isClosed { onOpen() }
            case .failure: self?.end(.unreachable)
            }
        }
    }

    func send(_ bytes: [UInt8], deadline: Instant, _ done: @escaping (RESPValue) -> Void) {
        guard !isClosed else { return }
        pending.append(Pending(deadline: deadline, done: done))
        if let pipe { pipe.send(bytes) } else { waiting += bytes }
    }

    /// Commands that have no reply yet get none.
    func close() {
        isClosed = true
        pending = []
        pipe?.close()
    }

    private func end(_ loss: StoreHealth.Loss, _ problem: SecretProblem? = nil) {
        guard !isClosed else { return }
        isClosed = true
        pipe?.close()
        // Commands that have no reply are still there to see.
        onEnd(self, loss, problem)
        pending = []
    }

    private func connected(_ pipe: UpstreamPipe) {
        self.pipe = pipe
        reactor.spawn { [weak self] in
            while let bytes = await pipe.read() { self?.received(bytes) }
            self?.end(.unreachable)
        }
        do throws(SecretProblem) {
            try authenticate(pipe)
        } catch {
            return end(.refused(.unauthenticated), error)
        }
        pipe.send(waiting)
        waiting = []
    }

    private func received(_ bytes: [UInt8]) {
        guard !isClosed else { return }
        reader.receive(bytes)
        do throws(RESPReader.Failure) {
            while !isClosed, let value = try reader.next() {
                guard !pending.isEmpty else { return end(.malformed) }
                pending.removeFirst().done(value)
            }
        } catch {
            end(.malformed)
        }
    }

    /// - Throws: if the password cannot be read.
    private func authenticate(_ pipe: UpstreamPipe) throws(SecretProblem) {
        guard let source = login.password else { return }
        let secret = try SecretReader.secret(source, for: .clientSecret).get()
        var password: [UInt8] = []
        secret.append(to: &password)
        var command: [UInt8] = []
        let user = login.username.map { [Array($0.utf8)] } ?? []
        StoreCommand.append([Array("AUTH".utf8)] + user + [password], to: &command)
        password.wipe()
        let done: (RESPValue) -> Void = { [unowned self] value in
            if case .error(let text) = value { end(.refused(StoreError(text))) }
        }
        pending.insert(Pending(deadline: .now() + loginTimeout, done: done), at: 0)
        pipe.send(command)
        command.wipe()
    }
}
