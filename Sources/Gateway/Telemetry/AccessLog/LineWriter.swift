import CLinux
import Glibc

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
