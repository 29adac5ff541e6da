import Foundation
import TestSupport
import Testing

/// What the tests of TLS run: the gateway's own binary, servers from the distribution in front of the stand-in, and tools that call
/// them.
enum TLSBench {
    static let curl = "/usr/bin/curl"
    static let nginx = "/usr/sbin/nginx"
    static let haproxy = "/usr/sbin/haproxy"
    static let stunnel = "/usr/bin/stunnel4"

    static let gateway = ChildProcess.gateway.path
    static let sandbox = ChildProcess.sandbox.path

    static let acmeID = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
    static let acmeSecret = "sandbox-secret"
    static let emea = "e20b0747-4688-4ad5-8014-68daf10e501d"

    /// A connected socket whose reads end after `seconds`.
    static func connect(port: Int, seconds: Int = 20) -> Int32? {
        LoopbackSocket.connect(port: UInt16(port), readTimeout: seconds)
    }

    struct Output: Sendable {
        var status: Int32
        var text: String
        var errors: String
    }

    /// Runs a tool to its end.
    static func run(_ tool: String, _ arguments: [String], input: String = "") throws -> Output {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = arguments
        let pipes = (Pipe(), Pipe(), Pipe())
        process.standardInput = pipes.0
        process.standardOutput = pipes.1
        process.standardError = pipes.2
        let errors = LogReader(pipes.2.fileHandleForReading)
        try process.run()
        try? pipes.0.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? pipes.0.fileHandleForWriting.close()
        let text = String(decoding: pipes.1.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Output(status: process.terminationStatus, text: text, errors: errors.all())
    }

    struct Response: Sendable {
        /// What curl ended with (libcurl-errors(3)).
        var code: Int32
        var status: Int
        /// Field lines.
        var head: String
        var body: String

        func field(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }

        /// A member of the JSON body.
        subscript(member: String) -> String? {
            let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
            return object?[member].map { "\($0)" }
        }
    }

    /// One call by curl.
    static func call(_ arguments: [String]) throws -> Response {
        let output = try run(curl, ["-s", "-i", "--max-time", "60", "--noproxy", "*"] + arguments)
        KeptOutput.keep("tls-answer", output.text)
        let parts = output.text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let status = Int(parts[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        return Response(code: output.status, status: status, head: parts[0], body: parts.count > 1 ? parts[1] : "")
    }
}

/// Collects what a process writes, on a thread of its own.
final class LogReader: @unchecked Sendable {
    // Safe to share: everything is under the condition's lock.
    private let condition = NSCondition()
    private var text = ""
    private var isOver = false

    init(_ handle: FileHandle) {
        Thread.detachNewThread { [self] in
            while true {
                let data = handle.availableData
                condition.lock()
                text += String(decoding: data, as: UTF8.self)
                isOver = data.isEmpty
                condition.broadcast()
                condition.unlock()
                if data.isEmpty { return }
            }
        }
    }

    /// What has come so far.
    var soFar: String { condition.withLock { text } }

    /// Everything, once the process has closed it.
    func all() -> String {
        condition.withLock {
            while !isOver { condition.wait() }
            return text
        }
    }

    /// Waits until `what` holds of the text.
    /// - Returns: false when the process ended, or 30 seconds passed, without.
    func wait(until what: (String) -> Bool) -> Bool {
        let limit = Date(timeIntervalSinceNow: 30)
        return condition.withLock {
            while !what(text) {
                if isOver || !condition.wait(until: limit) { return what(text) }
            }
            return true
        }
    }

    func wait(for part: String) -> Bool { wait { $0.contains(part) } }
}
