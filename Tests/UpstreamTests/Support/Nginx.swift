import CLinux
import Foundation
import Glibc
import TestSupport

/// Debian's nginx with a configuration of the test's, for as long as the object lives.
final class Nginx: Sendable {
    let port: Int
    var url: String { "https://localhost:\(port)" }
    private let process: Command
    private let directory: String

    struct NotStarted: Error {}

    /// - Parameters:
    ///   - protocols: what stands behind the port in `listen`.
    ///   - server: directives of the server block.
    init(listen protocols: String, _ server: String) throws {
        port = try LoopbackSocket.freePort()
        directory = NSTemporaryDirectory() + "zg-nginx-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let pair = Certificates.shared.server
        try """
        daemon off; master_process off; pid nginx.pid; error_log error.log;
        events { worker_connections 512; }
        http {
            access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
            scgi_temp_path scgi; keepalive_requests 100000; default_type text/plain; client_max_body_size 100m;
            server {
                listen 127.0.0.1:\(port) \(protocols);
                ssl_certificate \(pair.certificate); ssl_certificate_key \(pair.key);
                root \(directory);
                \(server)
            }
        }
        """.write(toFile: "\(directory)/nginx.conf", atomically: true, encoding: .utf8)
        let events = try DirectoryEvents(directory)
        process = Command(["nginx", "-p", directory, "-c", "nginx.conf"], in: directory)
        // It writes its process id once it listens.
        let pidFile = "\(directory)/nginx.pid"
        guard events.wait({ FileManager.default.fileExists(atPath: pidFile) }) else { throw NotStarted() }
    }

    deinit {
        process.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A file that is served under its name.
    func write(_ name: String, _ content: [UInt8]) throws {
        try Data(content).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
    }
}
