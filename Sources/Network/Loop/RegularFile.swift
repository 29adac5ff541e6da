import Glibc

/// Files of the configuration, read so that nothing in their place can hold the process up or fill its memory: a FIFO, a device, a
/// directory or an endless file is refused.
public enum RegularFile {
    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        case notRegular
        case tooLarge(limit: Int)
        case failed(Int32)

        public var description: String {
            switch self {
            case .notRegular: "not a regular file"
            case .tooLarge(let limit): "larger than \(limit) bytes"
            case .failed(let code): SystemError.text(of: code)
            }
        }
    }

    /// What changes when a file is replaced or written to, as far as stat(2) can tell.
    public struct Stamp: Hashable, Sendable {
        private var device: UInt64
        private var inode: UInt64
        private var size: Int64
        private var modified: [Int]

        /// - Returns: nil when there is no such file.
        public init?(_ path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
        }
    }

    /// - Parameter limit: bytes; a longer file is a `tooLarge`.
    public static func read(_ path: String, limit: Int) throws(Problem) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .failed(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .failed(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        guard status.st_size <= limit else { throw .tooLarge(limit: limit) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 { throw .failed(errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        }
    }
}
