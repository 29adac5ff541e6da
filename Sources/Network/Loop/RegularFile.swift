import Glibc

/// Reads configured files on a loop that must not block: opening a FIFO would block until it has a writer,
/// and a device may have no end.
public enum RegularFile {
    /// A file's version, as far as stat(2) can tell.
    struct Stamp: Hashable, Sendable {
        private let numbers: [Int]

        /// - Returns: nil when no such file.
        init?(_ path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            numbers = [
                Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino), Int(status.st_size),
                status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
            ]
        }
    }

    /// - Parameters:
    ///   - limit: the maximum size in bytes.
    ///   - name: its name in errors.
    /// - Throws: `SystemError` that names the file when it cannot be read: EISDIR for a directory, ENOTSUP for anything else that is not a
    ///   regular file, EFBIG if it is larger than `limit`.
    public static func read(_ path: String, limit: Int, name: String? = nil) throws(SystemError) -> [UInt8] {
        let name = name ?? path
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError(name) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError(name) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(name, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ENOTSUP)
        }
        guard status.st_size <= limit else { throw SystemError(name, code: EFBIG) }
        var bytes: [UInt8] = []
        // Files in /proc report a size of zero, and a file may grow while it is read.
        var chunk = [UInt8](repeating: 0, count: min(max(Int(clamping: status.st_size) + 1, 4 << 10), 256 << 10))
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(name) }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw SystemError(name, code: EFBIG) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
