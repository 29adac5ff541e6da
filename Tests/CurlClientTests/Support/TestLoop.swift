import Network
import Testing
import Wire

@testable import CurlClient

/// A loop on a thread of its own with a libcurl client, for one test.
actor TestLoop: EventLoopActor {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let reactor: Reactor
    let client: CurlClient

    init() throws {
        CurlClient.initializeLibrary()
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
        client = try CurlClient(reactor: reactor)
    }

    static func with<R: Sendable>(_ body: @Sendable (isolated TestLoop) async throws -> R) async throws -> R {
        let loop = try TestLoop()
        try loop.start(name: "test-loop")
        defer { loop.loop.stop() }
        return try await loop.perform(body)
    }

    private func perform<R: Sendable>(_ body: @Sendable (isolated TestLoop) async throws -> R) async rethrows -> R {
        bindReactor()
        defer { client.close() }
        return try await body(self)
    }

    /// Lets other tasks of the loop, and the kernel's events, have their turn until `condition` holds.
    func until(_ condition: () -> Bool) async {
        while !condition() { await turn() }
    }

    /// One turn of the loop later.
    func turn() async {
        await withUnsafeContinuation { continuation in
            let timer = Timer(reactor.timers) { continuation.resume() }
            timer.schedule(at: reactor.now + .milliseconds(1))
        }
    }

    /// One request and its whole answer.
    func exchange(
        _ target: UpstreamTarget, _ method: UpstreamMethod = .get, _ path: String = "/", headers: [(String, String)] = [],
        body: UpstreamBody = .none, limits: TransferLimits? = nil, freshConnection: Bool = false
    ) async throws(TransferFailure) -> Answer {
        let transfer = client.lend(target)
        defer { client.recycle(transfer) }
        for (name, value) in headers { transfer.headers.append(.other, name, value) }
        transfer.start(
            method: method, path: path.utf8.span, body: body, limits: limits ?? .testing, freshConnection: freshConnection)
        return try await Answer(of: transfer)
    }
}

extension TransferLimits {
    /// So that a test that hangs fails instead.
    static var testing: TransferLimits { TransferLimits(total: .now() + .seconds(20)) }
}

struct Answer: Sendable {
    var status: Int
    var fields: [String]
    var body: [UInt8] = []
    /// Whether everything was there when the task was resumed for the head.
    var wasCompleteAtHead: Bool
    var timings: TransferTimings

    var text: String { String(decoding: body, as: UTF8.self) }

    init(of transfer: CurlTransfer) async throws(TransferFailure) {
        try await transfer.head()
        status = transfer.status
        wasCompleteAtHead = transfer.isComplete
        fields = transfer.fields.lines
        while try await transfer.more() { transfer.takeBody(into: &body) }
        timings = transfer.timings
    }
}

extension HeaderBlock {
    /// `Name: value`, in order.
    var lines: [String] {
        fields.indices.map { String(decoding: bytes[fields[$0].nameRange], as: UTF8.self) + ": " + value($0) }
    }
}

/// Foundation has a Stream too.
typealias LoopStream = Stream
