import Logging
import Policy
import Testing
import Wire

@testable import Gateway
@testable import Network

/// The end of the process, with the stand-in as the collector.
@Suite(.timeLimit(.minutes(1))) struct TraceExporterPhaseTests {
    /// An exporter with a batch under way, and two more traces in its queue.
    private static func busyExporter(_ scene: isolated PhaseScene) async throws -> TraceExporter {
        var settings = TracingSettings()
        settings.endpoint = "http://\(scene.address)/v1/traces"
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let exporter = try TraceExporter(settings, .none, reactor: scene.reactor, upstream: scene.client, log: log)
        scene.zuora.script = [.hold]
        exporter.queue.add(try Samples.trace())
        exporter.tick()
        try await scene.until("a batch is under way") { $0.zuora.heldCalls == 1 }
        exporter.queue.add(try Samples.trace())
        exporter.queue.add(try Samples.trace())
        return exporter
    }

    @Test func `at the end, what is left is sent after the batch that is under way`() async throws {
        try await PhaseScene.run { scene in
            let exporter = try await Self.busyExporter(scene)
            var isFinished = false
            scene.reactor.spawn {
                await exporter.finish(within: .seconds(30))
                isFinished = true
            }
            await scene.reactor.yield()
            #expect(!isFinished && scene.zuora.calls.count == 1)
            scene.zuora.release(.respond(200, "{}"))
            try await scene.until("it has finished") { _ in isFinished }
            #expect(scene.zuora.calls.count == 2)
            #expect(exporter.queue.exportedSpans == 3 && exporter.queue.droppedSpans == 0)
        }
    }

    @Test(arguments: [StandIn.Reply.respond(503, ""), .respond(400, ""), .lose])
    func `at the end, each trace is sent or counted as lost`(reply: StandIn.Reply) async throws {
        try await PhaseScene.run { scene in
            let exporter = try await Self.busyExporter(scene)
            scene.zuora.script = [reply]
            var isFinished = false
            scene.reactor.spawn {
                await exporter.finish(within: .seconds(30))
                isFinished = true
            }
            await scene.reactor.yield()
            scene.zuora.release(reply)
            try await scene.until("it has finished") { _ in isFinished }
            #expect(exporter.queue.exportedSpans == 0 && exporter.queue.droppedSpans == 3)
        }
    }

    @Test func `spans that the collector rejects in a success are counted as lost`() async throws {
        try await PhaseScene.run { scene in
            let exporter = try await Self.busyExporter(scene)
            scene.zuora.release(.respond(200, #"{"partialSuccess":{"rejectedSpans":"5","errorMessage":"no"}}"#))
            let queue = exporter.queue
            try await scene.until("the batch is over") { _ in queue.droppedSpans > 0 }
            #expect(queue.exportedSpans == 0 && queue.droppedSpans == 1)
        }
    }

    @Test(arguments: [("1", 2), ("30", 30), ("86400", 300), ("soon", 2)])
    func `a collector that is busy is left alone for as long as it asks`(retryAfter: String, seconds: Int) async throws {
        try await PhaseScene.run { scene in
            let exporter = try await Self.busyExporter(scene)
            scene.zuora.release(.respond(503, "", ["Retry-After": retryAfter]))
            // Until the batch is over, or the suite's time limit.
            while exporter.pause == .seconds(1), !Task.isCancelled { await scene.reactor.yield() }
            #expect(exporter.pause == .seconds(seconds))
        }
    }

    @Test func `a collector that does not respond is not waited for, and each trace is counted as lost`() async throws {
        try await PhaseScene.run { scene in
            let exporter = try await Self.busyExporter(scene)
            await exporter.finish(within: .milliseconds(1))
            #expect(exporter.queue.exportedSpans == 0 && exporter.queue.droppedSpans == 3)
        }
    }
}
