import Foundation
import Subprocess
import TestSupport

/// A gateway that serves on a Unix socket in a folder of its own, with nothing behind it.
struct RunningGateway: Sendable {
    private let folder: ScratchFolder
    private var socketPath: String { "\(folder.path)/gateway.sock" }

    struct NotStarted: Error {}

    /// Starts a gateway, and ends it after `body`.
    /// - Parameter callers: tables of proxy.conf.
    static func serving(_ callers: String = "", _ body: (RunningGateway) async throws -> Void) async throws {
        let folder = try ScratchFolder()
        // Nothing listens on the port of the upstream: a call that is forwarded fails.
        let configuration = try folder.write(
            "proxy.conf",
            """
            [gateway]
            listen = ["unix:\(folder.path)/gateway.sock"]
            admin = "unix:\(folder.path)/admin.sock"
            default_tenant = "acme"
            [tenants.acme]
            upstream = "http://127.0.0.1:1"
            client_id = "id"
            client_secret = "lonely-secret"
            retry = { attempts = 1 }
            \(callers)
            """)
        let events = try DirectoryEvents(folder.path)
        _ = try await Subprocess.run(
            .path("/bin/sh"),
            arguments: [
                "-c", #"exec "$1" run --config "$2" >>"$3" 2>&1"#, "sh", CommandRun.binary, configuration,
                KeptOutput.file("local-tokens") ?? "/dev/null",
            ], input: .none, output: .discarded, error: .discarded
        ) { execution in
            let gateway = RunningGateway(folder: folder)
            let outcome: Result<Void, any Error>
            do {
                // Its sockets are made in the folder, the admin listener's last.
                guard try await offPool({ events.wait { gateway.listens } }) else { throw NotStarted() }
                outcome = .success(try await body(gateway))
            } catch {
                outcome = .failure(error)
            }
            try execution.send(signal: .terminate)
            try outcome.get()
        }
    }

    private var listens: Bool {
        guard let descriptor = try? connect() else { return false }
        close(descriptor)
        return true
    }

    struct Response {
        let status: Int
        let head: String
        let body: String

        /// The values of a field, in any case.
        func values(_ name: String) -> [String] {
            head.components(separatedBy: "\r\n").filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }

        var json: [String: Any]? { try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any] }
    }

    /// Sends one request on a connection of its own.
    /// - Parameter head: the request line and the fields, without Host, Connection and Content-Length.
    func ask(_ head: String, body: String = "") throws -> Response {
        try ask(body.isEmpty ? head : "\(head)\r\nContent-Length: \(body.utf8.count)", raw: body)
    }

    /// The same with a body that is framed already.
    func ask(_ head: String, raw body: String) throws -> Response {
        let descriptor = try connect()
        defer { close(descriptor) }
        LoopbackSocket.send(descriptor, "\(head)\r\nHost: gateway\r\nConnection: close\r\n\r\n\(body)")
        var response: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            response += chunk[..<count]
        }
        KeptOutput.keep("local-answer", String(decoding: response, as: UTF8.self))
        let parts = String(decoding: response, as: UTF8.self).components(separatedBy: "\r\n\r\n")
        let status = Int(parts[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        return Response(status: status, head: parts[0], body: parts.dropFirst().joined(separator: "\r\n\r\n"))
    }

    private func connect() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard UnixSocket.withAddress(socketPath, { Foundation.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            throw NotStarted()
        }
        return descriptor
    }
}
