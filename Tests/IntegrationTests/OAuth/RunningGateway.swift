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

    private var listens: Bool { (try? connect()) != nil }

    /// Sends one request on a connection of its own.
    /// - Parameter head: the request line and the fields, without Host, Connection and Content-Length.
    func ask(_ head: String, body: String = "") throws -> Response {
        try ask(body.isEmpty ? head : "\(head)\r\nContent-Length: \(body.utf8.count)", raw: body)
    }

    /// The same with a body that is framed already.
    func ask(_ head: String, raw body: String) throws -> Response {
        let client = try connect()
        client.send("\(head)\r\nHost: gateway\r\nConnection: close\r\n\r\n\(body)")
        let response = try client.receive()
        KeptOutput.keep("local-answer", String(decoding: response.raw, as: UTF8.self))
        return response
    }

    private func connect() throws -> RawClient {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard UnixSocket.withAddress(socketPath, { Foundation.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            throw NotStarted()
        }
        return RawClient(descriptor: descriptor)
    }
}
