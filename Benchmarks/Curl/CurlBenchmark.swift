import Network
import Glibc
import Wire

/// What the upstream client costs: requests one after the other, or several at a time, to one upstream; or its memory.
///
///     curl-benchmark requests URL COUNT PARALLEL [CA-FILE [h1|h2]]
///     curl-benchmark memory URL COUNT [CA-FILE]
@main
struct CurlBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 3, let count = Int(arguments[3]) else { return print("usage: see CurlBenchmark.swift") }
        CurlClient.initializeLibrary()
        let isMemory = arguments[1] == "memory"
        let parallel = isMemory ? 1 : arguments.count > 4 ? Int(arguments[4]) ?? 1 : 1
        let rest = arguments.dropFirst(isMemory ? 4 : 5)
        var settings = UpstreamTarget.Settings(url: arguments[2])
        settings.caFile = rest.first
        settings.http2 = rest.dropFirst().first == "h2"
        let target = try UpstreamTarget(settings)
        let worker = try BenchmarkWorker()
        Task.detached {
            await worker.bindReactor()
            if isMemory { await worker.measureMemory(target, count) } else { await worker.request(target, count, parallel) }
        }
        let began = Instant.now()
        worker.run()
        if isMemory { return }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        let microseconds = seconds * 1e6 + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        let rate = Int(Double(count) / (Instant.now() - began).seconds)
        print("\(rate) requests/s, \((microseconds / Double(count) * 10).rounded() / 10) us of processor time a request")
    }
}

actor BenchmarkWorker: EventLoopActor {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let reactor: Reactor
    private let client: CurlClient
    private var running = 0

    init() throws {
        loop = try EventLoop()
        reactor = try Reactor(loop: loop)
        client = try CurlClient(reactor: reactor)
    }

    func request(_ target: UpstreamTarget, _ count: Int, _ parallel: Int) {
        for _ in 0..<parallel {
            running += 1
            reactor.spawn { await self.requests(target, count / parallel) }
        }
    }

    private func requests(_ target: UpstreamTarget, _ count: Int) async {
        var content: [UInt8] = []
        let path = Array("/v1/batch-query/jobs/8a8082e65b27f6c3015ba3e326b26419".utf8)
        for _ in 0..<count {
            let transfer = client.lend(target)
            transfer.headers.append(.authorization, "Authorization", "Bearer 0123456789abcdef0123456789abcdef")
            transfer.headers.append(.zuoraEntityIds, "Zuora-Entity-Ids", "2c92c0f85e2d2c92c0f85e2d2c92c0f8")
            transfer.headers.append(.zuoraTrackId, "Zuora-Track-Id", "nightly-0123456789")
            transfer.headers.append(.acceptEncoding, "Accept-Encoding", "gzip")
            let limits = TransferLimits(total: reactor.now + .seconds(130), stall: .seconds(60))
            transfer.start(method: .delete, path: path.span, limits: limits)
            do {
                try await transfer.head()
                while try await transfer.more() {
                    content.removeAll(keepingCapacity: true)
                    transfer.takeBody(into: &content)
                }
            } catch {
                print("failed: \(error)")
                exit(1)
            }
            client.recycle(transfer)
        }
        running -= 1
        if running == 0 { end() }
    }

    /// Resident bytes of a transfer that was never used, and of an idle connection with the transfer that used it.
    func measureMemory(_ target: UpstreamTarget, _ count: Int) async {
        await get(client.lend(target))
        let start = Self.residentBytes()
        let transfers = (0..<count).map { _ in client.lend(target) }
        let lent = Self.residentBytes()
        for transfer in transfers { transfer.start(method: .get, path: "/".utf8.span, freshConnection: true) }
        for transfer in transfers { await finish(transfer) }
        let used = Self.residentBytes()
        print("idle transfer: \((lent - start) / count) bytes; with its idle connection: \((used - start) / count) bytes")
        end()
    }

    private func get(_ transfer: CurlTransfer) async {
        transfer.start(method: .get, path: "/".utf8.span)
        await finish(transfer)
    }

    private func finish(_ transfer: CurlTransfer) async {
        do {
            try await transfer.head()
            while try await transfer.more() { transfer.consume(.max) }
        } catch {
            print("failed: \(error)")
            exit(1)
        }
    }

    private func end() {
        client.close()
        loop.stop()
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var size = 0
        var resident = 0
        withUnsafeMutablePointer(to: &size) { size in
            withUnsafeMutablePointer(to: &resident) { resident in
                withVaList([size, resident]) { _ = vfscanf(file, "%ld %ld", $0) }
            }
        }
        return resident * Int(getpagesize())
    }
}
