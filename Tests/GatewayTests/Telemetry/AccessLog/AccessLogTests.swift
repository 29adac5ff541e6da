import Glibc
import Testing
import Wire

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct AccessLogTests {
    /// All of them of the same length.
    private func record(_ number: Int) -> AccessRecord {
        var record = AccessRecord(time: Samples.time)
        record.bytesOut = UInt64(100_000 + number)
        record.errorDetail = String(repeating: "x", count: 200)
        return record
    }

    private func number(_ line: String) throws -> Int? { (try object(line.utf8)["bytes_out"] as? Int).map { $0 - 100_000 } }

    /// Ends the log and gives everything that was written to the pipe.
    private func finish(_ drain: LogDrain, _ pipe: Pipe, _ reading: Reading? = nil) -> [String] {
        let reading = reading ?? pipe.reading()
        #expect(drain.finish(within: .seconds(30)))
        pipe.closeWriter()
        return reading.wait().lines
    }

    @Test func `lines come out whole and in order`() throws {
        let pipe = Pipe()
        let drain = try LogDrain(descriptor: pipe.writer)
        var log = AccessLog(drain: drain)
        let reading = pipe.reading()
        for i in 0..<1000 { log.write(record(i)) }
        log.flush()
        for i in 1000..<2000 { log.write(record(i)) }
        log.close()
        let lines = finish(drain, pipe, reading)
        #expect(try lines.map(number) == Array(0..<2000))
        #expect(drain.droppedLines == 0)
    }

    @Test func `a blocked pipe never stops a worker, and the log reports lost lines`() throws {
        let pipe = Pipe()
        let drain = try LogDrain(descriptor: pipe.writer, limit: 64 * 1024)
        var log = AccessLog(drain: drain)
        for i in 0..<5000 { log.write(record(i)) }
        #expect(drain.droppedLines > 0)
        #expect(log.hasPending)
        log.close()
        let lines = finish(drain, pipe)
        let written = try lines.compactMap(number)
        let lost = try lines.compactMap { try object($0.utf8)["dropped"] as? Int }.reduce(0, +)
        #expect(written == written.sorted())
        #expect(written.count > 100)
        #expect(written.count + lost == 5000)
    }

    @Test func `a worker keeps its oldest lines, up to a bound, and goes on where it left off`() throws {
        let pipe = Pipe()
        // Nothing can be handed over while this much is being written.
        let drain = try LogDrain(descriptor: pipe.writer, limit: 300_000)
        var plug = Array(repeating: UInt8(ascii: "#"), count: 299_999) + [UInt8(ascii: "\n")]
        #expect(drain.take(&plug))
        var log = AccessLog(drain: drain)
        var line = AccessLines()
        record(0).append(to: &line, format: .json)
        let lineLength = line.json.bytes.count
        var written = 0
        while drain.droppedLines == 0 {
            log.write(record(written))
            log.flush()
            written += 1
        }
        // The one that did not fit is the first that is lost.
        #expect((written - 1) * lineLength <= AccessLog.bound && written * lineLength > AccessLog.bound)
        for i in written..<written + 9 { log.write(record(i)) }
        #expect(drain.droppedLines == 10)
        let reading = pipe.reading()
        // Once the plug is written there is room again.
        while log.hasPending { log.flush() }
        log.write(record(90_000))
        log.close()
        let lines = finish(drain, pipe, reading)
        #expect(lines.first?.hasPrefix("###") == true)
        #expect(try lines.dropFirst().compactMap(number) == Array(0..<written - 1) + [90_000])
    }

    @Test func `lines that come after the end are counted`() throws {
        let pipe = Pipe()
        let drain = try LogDrain(descriptor: pipe.writer)
        #expect(finish(drain, pipe).isEmpty)
        var log = AccessLog(drain: drain)
        for i in 0..<7 { log.write(record(i)) }
        log.flush()
        #expect(drain.droppedLines == 0)
        log.close()
        #expect(drain.droppedLines == 7)
        #expect(!log.hasPending)
    }

    @Test func `a log without a drain writes nothing`() throws {
        var log = AccessLog(drain: nil)
        log.write(record(0))
        #expect(!log.hasPending)
    }
}
