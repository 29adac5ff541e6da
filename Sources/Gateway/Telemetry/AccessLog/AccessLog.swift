import CLinux
import Glibc
public import Policy
import Wire

/// One worker's access log: formats lines into its buffer and passes them on in batches. Never blocks, and makes no system
/// calls.
///
/// The owner calls `flush` some time after a line was written (such as 100 ms, by a timer that is set while `hasPending`):
/// a busy worker's batches fill up without it.
public struct AccessLog {
    /// The size from which a batch is passed on.
    static let batch = 16 * 1024
    /// The size beyond which lines are dropped while earlier ones cannot be passed on.
    static let bound = 256 * 1024

    private let drain: LogDrain?
    private let format: LogFormat
    private var lines = AccessLines()

    /// - Parameter drain: shared by all workers; nil for a log that writes nothing.
    public init(format: LogFormat = .json, drain: LogDrain?) {
        self.drain = drain
        self.format = format
    }

    /// Whether lines are pending.
    public var hasPending: Bool { !lines.json.bytes.isEmpty }

    /// Writes the record's line. It is dropped and counted if `bound` bytes are pending.
    public mutating func write(_ record: borrowing AccessRecord) {
        guard let drain else { return }
        let start = lines.json.bytes.count
        record.append(to: &lines, format: format)
        if lines.json.bytes.count >= Self.batch, !drain.take(&lines.json.bytes), lines.json.bytes.count > Self.bound {
            lines.json.bytes.removeLast(lines.json.bytes.count - start)
            drain.countDropped(1)
        }
    }

    /// Passes on pending lines. If the drain is full, they stay pending.
    public mutating func flush() {
        guard let drain, hasPending else { return }
        _ = drain.take(&lines.json.bytes)
    }

    /// Passes on pending lines even if the drain is full: a worker's last action, before `LogDrain.finish`.
    public mutating func close() {
        guard let drain, hasPending, !drain.take(&lines.json.bytes, isLast: true) else { return }
        drain.countDropped(lines.json.bytes.lineCount)
        lines.json.removeAll()
    }
}

/// Writes complete lines to a descriptor, blocking as long as needed.
struct LineWriter {
    private let descriptor: Int32
    /// Bytes per write(2). Writes up to PIPE_BUF (4096) to a pipe are atomic, so that lines of several writers do not
    /// interleave; see pipe(7).
    private let chunk: Int
    /// Whether the last write ended within a line.
    private var isTorn = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        let isPipe = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
        chunk = isPipe ? 4096 : .max
    }

    /// - Parameter lines: complete lines.
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

    /// As many lines as fit into one chunk, or a single longer one.
    private func endOfChunk(_ lines: [UInt8], from start: Int) -> Int {
        guard lines.count - start > chunk else { return lines.count }
        if let last = lines[start..<start + chunk].lastIndex(of: UInt8(ascii: "\n")) { return last + 1 }
        return lines[(start + chunk)...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? lines.count
    }

    /// Writes a range with as many calls as needed. Returns the number of bytes written: fewer only if the descriptor failed.
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

    /// Whether to retry. Another process may have made the descriptor non-blocking: then this waits until it is writable.
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
