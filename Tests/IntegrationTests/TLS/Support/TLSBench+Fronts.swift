import Foundation
import TestSupport
import Testing

extension TLSBench {
    /// nginx in front of a plain upstream, one server block for each way of speaking TLS.
    final class Nginx: Sendable {
        private let server: Server
        let ports: [Int]
        private let folder: String

        /// - Parameter blocks: what stands in each server block; `listen` gets its port in place of `PORT`.
        init(_ tree: CertificateTree, upstream: String, http: String = "", _ blocks: [String]) throws {
            let folder = tree.path("nginx-\(UUID().uuidString.prefix(6))")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            self.folder = folder
            ports = try LoopbackSocket.freePorts(blocks.count)
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder);" }
            let servers = zip(ports, blocks).map { port, block in
                """
                server {
                    \(block.replacingOccurrences(of: "PORT", with: "127.0.0.1:\(port)"))
                    location / { proxy_pass \(upstream); proxy_http_version 1.1; proxy_set_header Connection ""; }
                }
                """
            }
            let configuration = """
                daemon off; master_process off; pid \(folder)/pid;
                events { worker_connections 512; }
                http {
                    \(temporary.joined(separator: " "))
                    log_format tests '$connection $server_protocol $ssl_protocol $ssl_session_reused '
                        '"$ssl_client_s_dn" $request_method $request_uri $msec $request_time';
                    access_log \(folder)/access.log tests;
                    keepalive_requests 10000;
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_session_timeout 5m;
                    \(http)
                    \(servers.joined(separator: "\n"))
                }
                """
            try configuration.write(toFile: folder + "/nginx.conf", atomically: true, encoding: .utf8)
            let events = try DirectoryEvents(folder)
            server = try Server(TLSBench.nginx, ["-p", folder, "-e", "stderr", "-c", folder + "/nginx.conf"])
            // It writes its process id once it listens.
            try #require(events.wait { FileManager.default.fileExists(atPath: folder + "/pid") }, "\(server.errors.soFar)")
        }

        struct Line: Sendable {
            /// nginx's number of the connection.
            var connection: String
            var http: String
            var isResumed: Bool
            /// The client certificate's subject.
            var client: String
            var method: String
            var path: String
            var begin: Double
            var end: Double
        }

        /// The access log: `method`'s requests.
        func lines(_ method: String) throws -> [Line] {
            let text = try String(contentsOfFile: folder + "/access.log", encoding: .utf8)
            return text.split(separator: "\n").compactMap { line in
                guard let match = line.firstMatch(of: /^(\S+) (\S+) (\S+) (\S+) "(.*)" (\S+) (\S+) (\S+) (\S+)$/) else {
                    return nil
                }
                let (_, connection, http, _, resumed, client, name, path, time, duration) = match.output
                guard name == method, let end = Double(time), let duration = Double(duration) else { return nil }
                return Line(
                    connection: String(connection), http: String(http), isResumed: resumed == "r", client: String(client),
                    method: String(name), path: String(path), begin: end - duration, end: end)
            }
        }

        var raw: String { (try? String(contentsOfFile: folder + "/access.log", encoding: .utf8)) ?? "" }
    }

    /// haproxy with one TLS listener.
    static func haproxy(_ tree: CertificateTree, upstream port: Int, bind: String) throws -> (Server, port: Int) {
        let listener = try LoopbackSocket.freePort()
        let pair = try ["server.pem", "server.key"].map { try String(contentsOfFile: tree.path($0), encoding: .utf8) }
        try tree.write("pair.pem", pair.joined())
        let file = try tree.write(
            "haproxy.cfg",
            """
            defaults
                mode http
                timeout connect 5s
                timeout client 60s
                timeout server 60s
            listen front
                bind 127.0.0.1:\(listener) ssl crt \(tree.path("pair.pem")) \(bind)
                server zuora 127.0.0.1:\(port)

            """)
        // The master says so once its worker listens; the worker ends with it.
        let server = try Server(haproxy, ["-W", "-db", "-f", file])
        try #require(server.errors.wait(for: "Loading success"), "\(server.errors.soFar)")
        return (server, listener)
    }

    /// stunnel: TLS outside, bytes inside.
    static func stunnel(_ tree: CertificateTree, upstream port: Int) throws -> (Server, port: Int) {
        let listener = try LoopbackSocket.freePort()
        let file = try tree.write(
            "stunnel.conf",
            """
            foreground = yes
            pid =
            cert = \(tree.path("server.pem"))
            key = \(tree.path("server.key"))
            [zuora]
            accept = 127.0.0.1:\(listener)
            connect = 127.0.0.1:\(port)

            """)
        let server = try Server(stunnel, [file])
        // It says so once it listens.
        try #require(server.errors.wait(for: "Configuration successful"), "\(server.errors.soFar)")
        return (server, listener)
    }
}
