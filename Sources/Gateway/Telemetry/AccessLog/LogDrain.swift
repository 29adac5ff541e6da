import CLinux
import Glibc
import Logging
public import Network
public import Policy
import Synchronization
import Wire

/// Collects lines from any number of threads and writes them to a descriptor on a separate thread.
///
/// That thread's writes block, so the descriptor is unchanged: making standard output non-blocking would affect every
/// process that shares it. Producers never wait: beyond `limit` bytes their lines are refused, and the log later
/// reports how many were lost: `{"time":"…","dropped":12}`. SIGPIPE must be ignored in the process.
public final class LogDrain: Sendable {
    struct Queue {
        var full: [[UInt8]] = []
        /// Empty buffers for reuse.
        var spare: [[UInt8]] = []
        /// Bytes in `full` and being written.
        var bytes = 0
        var isFinishing = false
    }

    /// The number of buffers kept for reuse.
    private static let spares = 4

    let descriptor: Int32
    private let limit: Int
    private let format: LogFormat
    private let queue = Mutex(Queue())
    private let dropped = Atomic<UInt64>(0)
    /// Events (eventfd(2)): there is work; all work is done.
    private let wake: EventDescriptor
    private let done: EventDescriptor

    /// - Parameters:
    ///   - descriptor: written to, never closed.
    ///   - limit: the maximum of pending bytes.
    ///   - name: the thread's.
    ///   - format: of the line that reports lost ones.
    /// - Throws: if no descriptor or thread is available.
    public init(
        descriptor: Int32, limit: Int = 1 << 20, name: String = "log", format: LogFormat = .json
    ) throws(SystemError) {
        self.descriptor = descriptor
        self.limit = limit
        self.format = format
        wake = try EventDescriptor()
        done = try EventDescriptor()
        try Thread.start(name: name, blocksSignals: true) { [self] in run() }
    }

    /// Lines lost so far: refused because of the limit, or not writable.
    public var droppedLines: UInt64 { dropped.load(ordering: .relaxed) }

    /// Takes over `lines` and leaves an empty buffer in their place.
    /// - Parameter isLast: accepts them even beyond the limit.
    /// - Returns: false beyond the limit: `lines` is unchanged.
    func take(_ lines: inout [UInt8], isLast: Bool = false) -> Bool {
        let (isTaken, isFirst) = queue.withLock { queue in
            guard !queue.isFinishing, isLast || queue.bytes + lines.count <= limit else { return (false, false) }
            var buffer = queue.spare.popLast() ?? []
            swap(&buffer, &lines)
            queue.bytes += buffer.count
            queue.full.append(buffer)
            return (true, queue.full.count == 1)
        }
        if isFirst { wake.signal() }
        return isTaken
    }

    /// Accepts lines, or drops and counts them.
    func submit(_ lines: consuming [UInt8]) {
        var lines = lines
        if !take(&lines) { countDropped(lines.lineCount) }
    }

    func countDropped(_ lines: Int) { dropped.wrappingAdd(UInt64(clamping: lines), ordering: .relaxed) }

    /// Writes pending lines and ends the thread; later lines are lost. The process's last action.
    /// - Parameter timeout: how long to wait at most, as the output may be blocked.
    /// - Returns: whether all was written in time.
    public func finish(within timeout: Duration) -> Bool {
        queue.withLock { $0.isFinishing = true }
        wake.signal()
        guard done.wait(timeout) else { return false }
        // It stays signalled for the next call.
        done.signal()
        return true
    }

    private func run() {
        var writer = LineWriter(descriptor)
        var batch: [[UInt8]] = []
        var reported: UInt64 = 0
        while next(&batch) {
            for buffer in batch { countDropped(writer.write(buffer)) }
            recycle(&batch)
            let lost = droppedLines
            if lost > reported, writer.write(DroppedLines.text(lost - reported, WallTime.now(), format)) == 0 { reported = lost }
        }
        done.signal()
    }

    /// Waits for buffers to write. Returns false if there will be no more.
    private func next(_ batch: inout [[UInt8]]) -> Bool {
        while true {
            let isFinishing = queue.withLock { queue in
                swap(&batch, &queue.full)
                return queue.isFinishing
            }
            if !batch.isEmpty { return true }
            if isFinishing { return false }
            wake.wait()
        }
    }

    private func recycle(_ batch: inout [[UInt8]]) {
        queue.withLock { queue in
            while var buffer = batch.popLast() {
                queue.bytes -= buffer.count
                // A buffer that grew while the output was blocked is not kept.
                guard queue.spare.count < Self.spares, buffer.capacity <= 4 * AccessLog.batch else { continue }
                buffer.removeAll(keepingCapacity: true)
                queue.spare.append(buffer)
            }
        }
    }
}

/// The line that reports lost lines.
enum DroppedLines {
    static func text(_ count: UInt64, _ time: WallTime, _ format: LogFormat = .json) -> [UInt8] {
        let count = Int(clamping: count)
        guard format == .json else {
            return DiagnosticLine(
                level: .warning, logger: "zuora-gateway", message: "log lines dropped", metadata: ["dropped": .number(count)]
            ).bytes(format, time)
        }
        var json = JSONWriter()
        json.object { json in
            json.member("time", time.rfc3339)
            json.member("dropped", count)
        }
        json.bytes.append(UInt8(ascii: "\n"))
        return json.bytes
    }
}

/// An event that one thread waits for and others signal (eventfd(2)).
final class EventDescriptor: Sendable {
    private let descriptor: Int32

    init() throws(SystemError) {
        descriptor = eventfd(0, zg_efd_flags)
        if descriptor < 0 { throw SystemError("eventfd") }
    }

    deinit { close(descriptor) }

    func signal() { _ = eventfd_write(descriptor, 1) }

    /// Waits for the event, and resets it.
    func wait() { _ = wait(nil) }

    /// - Parameter timeout: nil waits forever.
    /// - Returns: whether it was signalled.
    @discardableResult
    func wait(_ timeout: Duration?) -> Bool {
        let deadline = timeout.map { Instant.now() + $0 }
        while true {
            var value: eventfd_t = 0
            if unsafe eventfd_read(descriptor, &value) == 0 { return true }
            var milliseconds: Int32 = -1
            if let deadline {
                let rest = (deadline - Instant.now()).nanoseconds
                if rest <= 0 { return false }
                milliseconds = Int32(clamping: (rest + 999_999) / 1_000_000)
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&entry, 1, milliseconds)
        }
    }
}
