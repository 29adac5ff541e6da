import Testing
import Wire

@testable import Network

/// A loop on a thread of its own with a libcurl client, for one test.
actor TestLoop: EventLoopActor {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let reactor: Reactor
    let client: UpstreamClient

    init(_ options: UpstreamClient.Options) throws {
        CurlLibrary.initialize()
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
        client = try UpstreamClient(reactor: reactor, options: options)
    }

    static func with<R: Sendable>(
        _ options: UpstreamClient.Options = .init(), _ body: @escaping @Sendable (isolated TestLoop) async throws -> R
    ) async throws -> R {
        let loop = try TestLoop(options)
        try loop.start(name: "test-loop")
        defer { loop.loop.stop() }
        // With the loop preferred, as by all that it spawns: the thread pool might come late where the machine is busy.
        return try await Task(executorPreference: loop.loop) { try await loop.perform(body) }.value
    }

    private func perform<R: Sendable>(_ body: @Sendable (isolated TestLoop) async throws -> R) async rethrows -> R {
        bindReactor()
        defer { client.close() }
        return try await body(self)
    }

    /// Lets other tasks of the loop, and the kernel's events, go on until `condition` holds; a failure after 20 seconds.
    func until(_ condition: () -> Bool, _ location: SourceLocation = #_sourceLocation) async {
        let end = Instant.now() + .seconds(20)
        while !condition() {
            guard Instant.now() < end else {
                Issue.record("the condition did not come to hold", sourceLocation: location)
                return
            }
            await turn()
        }
    }

    /// One turn of the loop later.
    func turn() async {
        await withUnsafeContinuation { continuation in
            let timer = Timer(reactor.timers) { continuation.resume() }
            timer.schedule(at: reactor.now + .milliseconds(1))
        }
    }

    /// Why an exchange that was started does not come to a whole response. On the loop, where `#expect(throws:)` would not be.
    func failure(of exchange: UpstreamExchange) async -> UpstreamFailure? {
        do throws(UpstreamFailure) {
            _ = try await Response(of: exchange)
            return nil
        } catch {
            return error
        }
    }

    /// One request and its whole response.
    func exchange(
        _ target: UpstreamTarget, _ method: String = "GET", _ path: String = "/", headers: [(String, String)] = [],
        body: UpstreamBody = .none, limits: UpstreamLimits? = nil, freshConnection: Bool = false
    ) async throws(UpstreamFailure) -> Response {
        let transfer = client.lend(target)
        defer { client.recycle(transfer) }
        for (name, value) in headers { transfer.fields.append(.other, name, value) }
        transfer.start(
            method: method.utf8.span, path: path.utf8.span, body: body, limits: limits ?? .testing,
            freshConnection: freshConnection)
        return try await Response(of: transfer)
    }
}

extension UpstreamLimits {
    /// So that a test that hangs fails instead.
    static var testing: UpstreamLimits { UpstreamLimits(total: .now() + .seconds(20)) }
}

struct Response: Sendable {
    var status: Int
    var fields: [String]
    var body: [UInt8] = []
    /// Whether everything was there when the task was resumed for the head.
    var wasCompleteAtHead: Bool
    var timings: UpstreamTimings

    var text: String { String(decoding: body, as: UTF8.self) }

    init(of transfer: UpstreamExchange) async throws(UpstreamFailure) {
        try await transfer.head()
        status = transfer.status
        wasCompleteAtHead = transfer.isComplete
        let head = transfer.responseHead
        fields = transfer.withHead { bytes in
            head.fields.map {
                "\(String(decoding: bytes.copy($0.nameRange), as: UTF8.self)): \(String(decoding: bytes.copy($0.valueRange), as: UTF8.self))"
            }
        }
        while try await transfer.more() { transfer.takeContent(into: &body) }
        timings = transfer.timings
    }
}

extension UpstreamFailure.Kind {
    var isInvalidResponse: Bool { if case .invalidResponse = self { true } else { false } }
}

/// Foundation has a Stream too.
typealias LoopStream = Stream
