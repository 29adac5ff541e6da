import Logging
import Network
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct JSONLogHandlerTests {
    private let pipe = Pipe()
    private let level = LogLevel(.info)
    private let drain: LogDrain
    private let handler: JSONLogHandler

    init() throws {
        drain = try LogDrain(descriptor: pipe.writer)
        handler = JSONLogHandler(label: "gateway", level: level, drain: drain)
    }

    private func event(_ metadata: Logger.Metadata? = nil, error: (any Error)? = nil) -> LogEvent {
        LogEvent(
            level: .warning, message: "token refresh failed", error: error, metadata: metadata, source: nil, file: "F",
            function: "f",
            line: 1)
    }

    @Test func `an event is one line, its metadata beside the rest and in order`() {
        let event = event([
            "tenant": "acme", "attempt": "\(3)", "hosts": ["a", "b"], "token": ["phase": "failing", "left": "60"],
        ])
        let expected =
            #"{"time":"2026-02-20T09:30:00.125Z","level":"warning","logger":"gateway","message":"token refresh failed","#
            + #""attempt":"3","hosts":["a","b"],"tenant":"acme","token":{"left":"60","phase":"failing"}}"# + "\n"
        #expect(text(handler.line(event, Samples.time)) == expected)
    }

    @Test func `metadata cannot take the place of another member, nor break the line`() throws {
        let line = handler.line(event(["time": "never", "message": "a\nb", "q\"uote": .stringConvertible(1)]), Samples.time)
        let members = try object(line)
        #expect(members["time"] as? String == "2026-02-20T09:30:00.125Z")
        #expect(members["message"] as? String == "token refresh failed")
        #expect(members["_time"] as? String == "never")
        #expect(members["_message"] as? String == "a\nb")
        #expect(members["q\"uote"] as? Int == 1)
        #expect(line.filter { $0 == 0x0A }.count == 1)
    }

    @Test func `what is nearer wins: the event's metadata, then the provider's, then the logger's`() throws {
        var handler = handler
        handler.metadata = ["a": "logger", "b": "logger", "c": "logger"]
        handler.metadataProvider = Logger.MetadataProvider { ["b": "provider", "c": "provider"] }
        let members = try object(handler.line(event(["c": "event"]), Samples.time))
        #expect(members["a"] as? String == "logger")
        #expect(members["b"] as? String == "provider")
        #expect(members["c"] as? String == "event")
    }

    @Test(arguments: LogFormat.allCases)
    func `each format tells level, message, numbers as numbers, and lists`(_ format: LogFormat) throws {
        let handler = JSONLogHandler(label: "gateway", level: level, drain: drain, format: format)
        let event = event(
            ["count": .number(3), "isOn": .flag(true), "tenants": ["a b", "c"], "text": "3"], error: SystemError("x", code: 24))
        let bytes = handler.line(event, Samples.time)
        #expect(bytes.last == 0x0A && bytes.filter { $0 == 0x0A }.count == 1)
        switch format {
        case .json:
            let members = try object(bytes)
            #expect(members["count"] as? Int == 3 && members["isOn"] as? Bool == true && members["text"] as? String == "3")
        case .ecs:
            let members = try object(bytes)
            #expect(members["log.level"] as? String == "warning" && members["message"] as? String == "token refresh failed")
            #expect(members["zuora_gateway.count"] as? Int == 3 && members["zuora_gateway.tenants"] as? [String] == ["a b", "c"])
            #expect(members["log.logger"] as? String == "gateway" && members["error.message"] is String)
        case .otel:
            let line = text(bytes)
            #expect(line.contains(#""severityNumber":13,"severityText":"warning","body":{"stringValue":"token refresh failed"}"#))
            #expect(line.contains(#"{"key":"zuora_gateway.count","value":{"intValue":"3"}}"#))
            #expect(line.contains(#"{"key":"zuora_gateway.isOn","value":{"boolValue":true}}"#))
            #expect(line.contains(#"{"arrayValue":{"values":[{"stringValue":"a b"},{"stringValue":"c"}]}}"#))
            _ = try object(bytes)
        case .text:
            #expect(text(bytes).hasPrefix("2026-02-20T09:30:00.125Z warning token refresh failed error="))
            #expect(text(bytes).hasSuffix(" count=3 isOn=true tenants=\"a b,c\" text=3\n"))
        }
    }

    @Test func `an error is told`() throws {
        let members = try object(handler.line(event(error: SystemError("eventfd", code: 24)), Samples.time))
        #expect((members["error"] as? String)?.contains("eventfd") == true)
    }

    @Test func `the level of all loggers changes while they run`() {
        var own = handler
        let logger = Logger(label: "gateway") { _ in handler }
        #expect(logger.logLevel == .info)
        logger.debug("not heard")
        level.level = .debug
        #expect(logger.logLevel == .debug)
        logger.debug("heard")
        level.level = .critical
        logger.error("not heard either")
        // One that was given a level of its own keeps it.
        own.logLevel = .trace
        #expect(own.logLevel == .trace && handler.logLevel == .critical)
        level.level = .notice
        logger.notice("heard too")
        let lines = pipe.readLines(2)
        #expect(lines.count == 2)
        #expect(lines.first?.contains(#""level":"debug","logger":"gateway","message":"heard""#) == true)
        #expect(lines.last?.contains(#""message":"heard too""#) == true)
        #expect(drain.finish(within: .seconds(30)))
    }

    @Test(arguments: Logger.Level.allCases)
    func `every level can be set`(level: Logger.Level) { #expect(LogLevel(level).level == level) }
}
