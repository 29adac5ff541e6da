import CLinux
import Glibc
import Wire

/// One worker's access log: formats lines into a buffer of its own and hands it over in batches. Never waits, never calls the
/// kernel.
///
/// The owner calls `flush` some time after a line was written (100 ms do well, from a timer that is set while `hasPending`):
/// lines of a busy worker go by the batch without it.
public struct AccessLog {
    public enum Mode: String, Sendable, CaseIterable { case json, off }

    /// Bytes from which a batch is handed over.
    static let batch = 16 * 1024
    /// Bytes beyond which lines are dropped, when those before them cannot be handed over.
    static let bound = 256 * 1024

    private let drain: LogDrain?
    private var lines = JSONWriter()
    private var time = TimeText()

    /// - Parameter drain: shared by all workers.
    public init(_ mode: Mode = .json, drain: LogDrain) { self.drain = mode == .off ? nil : drain }

    /// One that writes nothing.
    public static var off: AccessLog { AccessLog() }

    private init() { drain = nil }

    /// Whether lines wait to be handed over.
    public var hasPending: Bool { !lines.bytes.isEmpty }

    /// Writes the record's line. It is dropped, and counted as such, when `bound` bytes wait already.
    public mutating func write(_ record: borrowing AccessRecord) {
        guard let drain else { return }
        let start = lines.bytes.count
        record.write(to: &lines, time: &time)
        if lines.bytes.count >= Self.batch, !drain.take(&lines.bytes), lines.bytes.count > Self.bound {
            lines.bytes.removeLast(lines.bytes.count - start)
            drain.countDropped(1)
        }
    }

    /// Hands over what waits. If the drain is full, it goes on waiting.
    public mutating func flush() {
        guard let drain, hasPending else { return }
        _ = drain.take(&lines.bytes)
    }

    /// Hands over what waits even if the drain is full: the last thing that a worker does, before `LogDrain.finish`.
    public mutating func close() {
        guard let drain, hasPending, !drain.take(&lines.bytes, isLast: true) else { return }
        drain.countDropped(lines.bytes.lineCount)
        lines.removeAll()
    }
}

/// Writes whole lines to a descriptor, and waits as long as that takes.
struct LineWriter {
    private let descriptor: Int32
    /// Bytes of one write(2). A pipe keeps writes up to PIPE_BUF (4096) in one piece, so that lines of several writers do not
    /// mix; see pipe(7).
    private let chunk: Int
    /// Whether the last write broke off within a line.
    private var isTorn = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        let isPipe = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
        chunk = isPipe ? 4096 : .max
    }

    /// - Parameter lines: whole lines.
    /// - Returns: the number of lines that could not be written.
    mutating func write(_ lines: [UInt8]) -> Int {
        if isTorn {
            guard send([UInt8(ascii: "\n")], 0..<1) == 1 else { return lines.lineCount }
            isTorn = false
        }
        var start = 0
        while start < lines.count {
            let end = endOfChunk(lines, from: start)
            let written = send(lines, start..<end)
            start += written
            guard start == end else {
                isTorn = start > 0 && lines[start - 1] != UInt8(ascii: "\n")
                return lines[start...].lineCount
            }
        }
        return 0
    }

    /// As many lines as go into one chunk, or the whole of a longer one.
    private func endOfChunk(_ lines: [UInt8], from start: Int) -> Int {
        guard lines.count - start > chunk else { return lines.count }
        if let last = lines[start..<start + chunk].lastIndex(of: UInt8(ascii: "\n")) { return last + 1 }
        return lines[(start + chunk)...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? lines.count
    }

    /// Writes a range, however many calls that takes. Gives the number of bytes written: fewer only if the descriptor is broken.
    private func send(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < range.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[(range.lowerBound + done)..<range.upperBound])
                let written = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written > 0 {
                    done += written
                } else if written == 0 || !waitAfter(errno) {
                    break
                }
            }
            return done
        }
    }

    /// Whether another try makes sense. Somebody else may have made the descriptor non-blocking: then this waits for room.
    private func waitAfter(_ error: Int32) -> Bool {
        switch error {
        case EINTR: return true
        case EAGAIN:
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            return unsafe poll(&entry, 1, -1) >= 0 || errno == EINTR
        default: return false
        }
    }
}

extension Sequence<UInt8> {
    /// Line feeds.
    var lineCount: Int { reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) } }
}
