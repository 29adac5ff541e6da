import Glibc
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct LogDrainTests {
    private func line(_ writer: Int, _ number: Int) -> [UInt8] {
        Array(
            "{\"writer\":\(writer),\"number\":\(number),\"pad\":\"\(String(repeating: "x", count: 50 + number * 7 % 900))\"}\n"
                .utf8)
    }

    private func lines(_ writer: Int, _ count: Int) -> [UInt8] { (0..<count).flatMap { line(writer, $0) } }

    @Test func `two writers of one pipe do not mix their lines`() throws {
        let pipe = Pipe()
        let drains = try [0, 1].map { _ in try LogDrain(descriptor: pipe.writer, limit: 1 << 22) }
        for (i, drain) in drains.enumerated() {
            var lines = lines(i, 2000)
            #expect(drain.take(&lines))
            #expect(lines.isEmpty)
        }
        let read = pipe.readLines(4000)
        #expect(read.count == 4000)
        let expected = Set((0..<2).flatMap { writer in (0..<2000).map { text(line(writer, $0).dropLast()) } })
        #expect(Set(read) == expected)
        for drain in drains { #expect(drain.finish(within: .seconds(30))) }
    }

    @Test func `a pipe gets at most 4096 bytes at once, and only whole lines`() {
        let pipe = Pipe(flags: Pipe.packets)
        var writer = LineWriter(pipe.writer)
        let all = lines(1, 60)
        #expect(writer.write(all) == 0)
        var seen: [UInt8] = []
        while seen.count < all.count {
            let packet = pipe.read(1 << 16)
            #expect(packet.count <= 4096)
            #expect(packet.last == UInt8(ascii: "\n"))
            seen += packet
        }
        #expect(seen == all)
    }

    @Test func `a line longer than a pipe keeps in one piece is written all the same`() {
        let pipe = Pipe()
        let long = Array(repeating: UInt8(ascii: "y"), count: 200_000) + [UInt8(ascii: "\n")]
        let all = line(1, 1) + long + line(1, 2)
        let reading = pipe.reading()
        var writer = LineWriter(pipe.writer)
        #expect(writer.write(all) == 0)
        pipe.closeWriter()
        #expect(reading.wait() == all)
    }

    @Test func `a pipe that was made non-blocking loses nothing`() {
        let pipe = Pipe(flags: O_NONBLOCK)
        let all = lines(1, 1000)
        let reading = pipe.reading()
        var writer = LineWriter(pipe.writer)
        #expect(writer.write(all) == 0)
        pipe.closeWriter()
        #expect(reading.wait() == all)
    }

    @Test func `the descriptor's flags stay as they are`() throws {
        let pipe = Pipe()
        let before = fcntl(pipe.writer, F_GETFL)
        let drain = try LogDrain(descriptor: pipe.writer)
        drain.submit(line(1, 1))
        #expect(pipe.readLines(1).count == 1)
        #expect(fcntl(pipe.writer, F_GETFL) == before)
        #expect(drain.finish(within: .seconds(30)))
    }

    @Test func `lines that cannot be written are counted`() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        var writer = LineWriter(full)
        #expect(writer.write(lines(1, 7)) == 7)
        let drain = try LogDrain(descriptor: full)
        drain.submit(lines(1, 5))
        #expect(drain.finish(within: .seconds(30)))
        #expect(drain.droppedLines == 5)
    }

    @Test func `shutdown does not wait for a blocked pipe`() throws {
        let pipe = Pipe()
        let drain = try LogDrain(descriptor: pipe.writer)
        // More than a pipe holds.
        let all = lines(1, 1000)
        drain.submit(all)
        #expect(!drain.finish(within: .milliseconds(1)))
        let reading = pipe.reading()
        #expect(drain.finish(within: .seconds(30)))
        #expect(drain.finish(within: .zero))
        pipe.closeWriter()
        #expect(reading.wait() == all)
    }

    @Test func `what comes after the end is counted as lost`() throws {
        let pipe = Pipe()
        let drain = try LogDrain(descriptor: pipe.writer)
        #expect(drain.finish(within: .seconds(30)))
        drain.submit(line(1, 1))
        #expect(drain.droppedLines == 1)
    }

    @Test func `the bound holds, but not for a worker's last lines`() throws {
        let pipe = Pipe()
        let drain = try LogDrain(descriptor: pipe.writer, limit: 200_000)
        var first = Array(repeating: UInt8(ascii: "\n"), count: 200_000)
        var second = [UInt8(ascii: "\n")]
        #expect(drain.take(&first))
        #expect(!drain.take(&second))
        #expect(second.count == 1)
        #expect(drain.take(&second, isLast: true))
        #expect(second.isEmpty)
        #expect(drain.droppedLines == 0)
        #expect(pipe.readUntil(200_001))
        #expect(drain.finish(within: .seconds(30)))
    }
}

extension Pipe {
    /// Whether exactly so many bytes come.
    fileprivate func readUntil(_ count: Int) -> Bool {
        var rest = count
        while rest > 0 {
            let bytes = read(rest)
            if bytes.isEmpty { return false }
            rest -= bytes.count
        }
        return rest == 0
    }
}
