import Glibc

/// A small text in a file, or from standard input.
public struct TextFile: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }

    /// The maximum size in bytes.
    public static let limit = 64 << 10

    /// - Parameter path: `-` for standard input.
    /// - Returns: the text without trailing line ends.
    /// - Throws: why it cannot be read.
    public static func read(_ path: String) throws(TextFile) -> String {
        let descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TextFile(description: "\(path): \(SystemMessage.current)") }
        defer { if descriptor != 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw TextFile(description: "\(path): \(SystemMessage.current)") }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw TextFile(description: "\(path): longer than 64 KiB") }
        }
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Replaces the file atomically: readers never see a partial file.
    /// - Throws: why it cannot be written.
    public static func write(_ text: String, to path: String) throws(TextFile) {
        let draft = "\(path).new"
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TextFile(description: "\(path): \(SystemMessage.current)") }
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count == bytes.count, fsync(descriptor) == 0, unsafe rename(draft, path) == 0 else {
            let error = TextFile(description: "\(path): \(SystemMessage.current)")
            close(descriptor)
            _ = unsafe unlink(draft)
            throw error
        }
        close(descriptor)
    }
}

/// The system's message for the call that just failed.
public enum SystemMessage {
    public static var current: String { of(errno) }

    public static func of(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
