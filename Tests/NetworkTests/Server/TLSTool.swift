import Foundation
import TestSupport
import Testing

/// `openssl s_client` against a server: what is written goes out as the client's, what comes is read.
final class TLSTool: @unchecked Sendable {
    // Safe to share: one thread at a time uses it.
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errors = Pipe()

    /// - Parameter arguments: beyond `-connect`.
    init(port: UInt16, _ arguments: [String] = []) throws {
        process.executableURL = URL(fileURLWithPath: CertificateTree.tool)
        process.arguments = ["s_client", "-connect", "127.0.0.1:\(port)", "-quiet", "-no_ign_eof"] + arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    deinit {
        // Not by SIGTERM: the tool inherits a signal mask in which that may be blocked.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    func send(_ text: String) { try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    func send(_ bytes: [UInt8]) { try? input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

    /// Reads until `marker` has come, or the end.
    func read(until marker: String) -> String {
        var data = Data()
        while true {
            let chunk = output.fileHandleForReading.availableData
            if chunk.isEmpty { return String(decoding: data, as: UTF8.self) + "<end>" }
            data += chunk
            let text = String(decoding: data, as: UTF8.self)
            if text.contains(marker) { return text }
        }
    }

    /// Reads to the end.
    func readAll() -> [UInt8] { Array(output.fileHandleForReading.readDataToEndOfFile()) }

    /// What the tool says of how it went, once it has ended.
    func verdict() -> String {
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
