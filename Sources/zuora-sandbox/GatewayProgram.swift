import ArgumentParser
import CLinux
import Glibc
import Network
import Wire

/// The `zuora-gateway` program, which the demo runs as it ships.
struct GatewayProgram {
    let path: String

    /// - Parameter path: nil: the program beside this one.
    init(at path: String?) throws(ValidationError) {
        self.path = path ?? Self.neighbour
        guard unsafe access(self.path, X_OK) == 0 else {
            throw ValidationError(
                "\(self.path): \(SystemError.text(of: errno)). The demo needs zuora-gateway: beside this program, or named by --gateway."
            )
        }
    }

    private static var neighbour: String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe bytes.baseAddress.map { unsafe readlink("/proc/self/exe", $0, bytes.count) } ?? 0
        }
        let directory = buffer.prefix(max(0, count)).lastIndex(of: UInt8(ascii: "/")).map { buffer[...$0] } ?? []
        return String(decoding: directory, as: UTF8.self) + "zuora-gateway"
    }

    /// Runs it to its end.
    /// - Returns: what it wrote to standard output.
    func output(_ arguments: [String]) throws(SystemError) -> [UInt8] {
        let pipe = try Pipe()
        let process = try start(arguments, output: pipe.writer, errors: 2)
        pipe.closeWriter()
        defer { process.waitForEnd() }
        var output: [UInt8] = []
        while pipe.read(into: &output) {}
        return output
    }

    /// Starts to serve.
    /// - Returns: the process, and the port of its listener.
    /// - Throws: `Failure` with what it logged, if it ends before it serves.
    func serve(configuration: String) throws -> (process: ChildProcess, port: UInt16) {
        let log = try Pipe()
        let null = unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(null) }
        let process = try start(["run", "--config", configuration], output: null, errors: log.writer)
        log.closeWriter()
        var text: [UInt8] = []
        while log.read(into: &text) {
            if let port = Self.servedPort(text) {
                // It must not fill up.
                try Thread.start(name: "gateway-log", blocksSignals: true) {
                    var rest: [UInt8] = []
                    while log.read(into: &rest) { rest.removeAll() }
                }
                return (process, port)
            }
        }
        process.waitForEnd()
        throw Failure(description: "the gateway does not start: \(String(decoding: text, as: UTF8.self))")
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The port in the log line that says where it listens.
    private static func servedPort(_ log: [UInt8]) -> UInt16? {
        for line in log.split(separator: 0x0A) {
            guard let event = try? JSONValue(parsing: Array(line)), event["message"]?.string == "serving",
                let listen = event["listen"]?.string, let colon = listen.lastIndex(of: ":")
            else { continue }
            return UInt16(listen[listen.index(after: colon)...])
        }
        return nil
    }

    private func start(_ arguments: [String], output: Int32, errors: Int32) throws(SystemError) -> ChildProcess {
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { while let word = unsafe words.popLast() { unsafe free(word) } }
        let id = unsafe words.withUnsafeMutableBufferPointer { unsafe zg_spawn(path, $0.baseAddress, output, errors) }
        guard id > 0 else { throw SystemError(path) }
        return ChildProcess(id: id)
    }
}

/// A process that this one has started, and that ends with it.
struct ChildProcess: Sendable {
    let id: pid_t

    func terminate() {
        kill(id, SIGTERM)
        waitForEnd()
    }

    func waitForEnd() { while waitpid(id, nil, 0) < 0, errno == EINTR {} }
}

/// A pipe from a process that is about to be started.
final class Pipe: Sendable {
    private let reader: Int32
    let writer: Int32

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        let code = unsafe ends.withUnsafeMutableBufferPointer { unsafe pipe($0.baseAddress) }
        guard code == 0, let reader = ends.first, let writer = ends.last else { throw SystemError("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (self.reader, self.writer) = (reader, writer)
    }

    deinit { close(reader) }

    func closeWriter() { close(writer) }

    /// - Returns: false at the end, when all writers have closed it.
    func read(into bytes: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(reader, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            bytes += chunk[..<count]
            return true
        }
    }
}
