import Glibc

/// A TOML file within the restrictions of proxy.conf, which forbids more than the grammar does.
///
/// - More than `maximumSize` bytes, and more than `maximumDepth` levels: a bound on memory and on the stack.
/// - A NUL in a key or a string (`"\u0000"`): C APIs, and so system calls and libraries, would truncate the value
///   there.
///
/// Integers beyond 64 bits are not on this list: TOML requires an error for integers that cannot be represented.
package struct Document: Sendable {
    package let root: Table

    /// Ten thousand tenants take about 4 MiB.
    static let maximumSize = 64 << 20
    /// Tables and arrays in one another. An array of tables is two levels.
    static let maximumDepth = 64

    /// - Parameter bytes: the file's content, which is checked to be UTF-8.
    package init(_ bytes: [UInt8]) throws(SyntaxError) {
        guard bytes.count <= Self.maximumSize else {
            throw SyntaxError(at: Position(line: 1, column: 1), "larger than \(SizeText.text(Self.maximumSize))")
        }
        root = try Parser.parse(bytes, maximumDepth: Self.maximumDepth)
        try Self.checkNUL(in: root)
    }

    private static func checkNUL(in table: Table) throws(SyntaxError) {
        for entry in table.entries {
            if entry.key.utf8.contains(0) { throw SyntaxError(at: entry.position, "a NUL in a key", hint: "remove \\u0000") }
            try checkNUL(in: entry.node)
        }
    }

    private static func checkNUL(in node: Node) throws(SyntaxError) {
        switch node.value {
        case .string(let text):
            if text.utf8.contains(0) { throw SyntaxError(at: node.position, "a NUL in a string", hint: "remove \\u0000") }
        case .array(let elements): for element in elements { try checkNUL(in: element) }
        case .table(let table): try checkNUL(in: table)
        case .integer, .float, .boolean, .dateTime: break
        }
    }
}

/// Reads a file whole.
enum FileContent {
    struct Problem: Error {
        var message: String
        var hint: String?
    }

    /// - Throws: `Problem` if no such file, it cannot be read, or is larger than a configuration may be.
    static func read(_ path: String) throws(Problem) -> [UInt8] {
        // Opening a FIFO would block until it has a writer.
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
            guard bytes.count + count <= Document.maximumSize else {
                throw Problem(message: "larger than \(SizeText.text(Document.maximumSize)), the maximum size of a configuration")
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private static func problem(_ code: Int32) -> Problem {
        switch code {
        case ENOENT: Problem(message: "no such file", hint: "set with --config")
        case EISDIR: Problem(message: "is a directory, not a file")
        case EACCES:
            Problem(message: "not readable by this user", hint: "check permissions of the file and its parent directories")
        default: Problem(message: "cannot be read: \(unsafe String(cString: strerror(code)))")
        }
    }
}
