import Foundation
import Synchronization

/// A pipe of the kernel's, read only when a test says so.
final class Pipe: Sendable {
    let reader: Int32
    let writer: Int32
    private let isWriterOpen = Atomic(true)

    /// - Parameter flags: of the writer, as fcntl(2) F_SETFL takes them.
    init(flags: Int32 = 0) {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0)
        (reader, writer) = (ends[0], ends[1])
        precondition(fcntl(writer, F_SETFL, flags) == 0)
    }

    /// O_DIRECT, which Glibc's module leaves out: a pipe in packet mode, where each write is read by itself (pipe(7)).
    #if arch(arm64)
        static let packets: Int32 = 0o200000
    #else
        static let packets: Int32 = 0o40000
    #endif

    deinit {
        closeWriter()
        close(reader)
    }

    func closeWriter() {
        if isWriterOpen.exchange(false, ordering: .relaxed) { close(writer) }
    }

    /// One read(2) of at most `count` bytes; waits for them.
    func read(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let length = bytes.withUnsafeMutableBytes { Foundation.read(reader, $0.baseAddress, $0.count) }
        return Array(bytes[..<max(length, 0)])
    }

    /// Everything until the end: until the writer is closed.
    func readAll() -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let bytes = read(1 << 16)
            if bytes.isEmpty { return all }
            all += bytes
        }
    }

    /// Everything until so many lines have come.
    func readLines(_ count: Int) -> [String] {
        var all: [UInt8] = []
        var lines = 0
        while lines < count {
            let bytes = read(1 << 16)
            if bytes.isEmpty { break }
            lines += bytes.lazy.filter { $0 == 0x0A }.count
            all += bytes
        }
        return all.lines
    }

    /// Begins to read everything on a thread of its own: a test that writes must not take the thread from the one that reads.
    func reading() -> Reading { Reading(self) { $0.readAll() } }
}

/// What a thread reads.
final class Reading: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let done = DispatchSemaphore(value: 0)

    init(_ pipe: Pipe, _ read: @escaping @Sendable (Pipe) -> [UInt8]) {
        Thread.detachNewThread { [self] in
            let all = read(pipe)
            bytes.withLock { $0 = all }
            done.signal()
        }
    }

    /// Waits for the end.
    func wait() -> [UInt8] {
        done.wait()
        return bytes.withLock { $0 }
    }
}

extension [UInt8] {
    var lines: [String] { String(decoding: self, as: UTF8.self).split(separator: "\n").map(String.init) }
}
