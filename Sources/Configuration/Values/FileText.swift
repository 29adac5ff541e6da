import Glibc

/// Reads a text file whole.
enum FileText {
    struct Problem: Error {
        var line: Int?
        var message: String
        var hint: String?
    }

    /// - Throws: `Problem` if there is no such file, it cannot be read, is larger than a configuration may be, or is not UTF-8.
    static func read(_ path: String, maximumSize: Int = Document.maximumSize) throws(Problem) -> String {
        let bytes = try bytes(of: path, maximumSize: maximumSize)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(line: lineOfInvalidText(bytes), message: "not UTF-8")
        }
        return text
    }

    private static func bytes(of path: String, maximumSize: Int) throws(Problem) -> [UInt8] {
        // A FIFO would be waited for until someone writes to it.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw problem(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw problem(errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw problem(EISDIR) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Problem(message: "is not a regular file") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw problem(errno) }
            if count == 0 { return bytes }
            guard bytes.count + count <= maximumSize else {
                throw Problem(message: "larger than \(SizeText.text(maximumSize)), the most that a configuration may be")
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private static func problem(_ code: Int32) -> Problem {
        switch code {
        case ENOENT: Problem(message: "there is no such file", hint: "--config names it")
        case EISDIR: Problem(message: "is a directory, not a file")
        case EACCES: Problem(message: "may not be read by this user", hint: "permissions of the file or of a directory above it")
        default: Problem(message: "cannot be read: \(unsafe String(cString: strerror(code)))")
        }
    }

    /// No line end is part of a longer character, so each line is UTF-8 by itself or not at all.
    private static func lineOfInvalidText(_ bytes: [UInt8]) -> Int? {
        bytes.split(separator: .lineFeed, omittingEmptySubsequences: false)
            .firstIndex { String(validating: $0, as: UTF8.self) == nil }
            .map { $0 + 1 }
    }
}
