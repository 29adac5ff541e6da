import Glibc
import Policy
import Synchronization
import TestSupport

@testable import Gateway

/// A store on a thread of its own, whose replies to scripts are made up. It is a master, and replies to PING.
final class StandInStore: Sendable {
    /// A script that was run: its name, and its keys and arguments.
    struct Run: Sendable {
        var script: String
        var words: [String]
    }

    private let server: LoopbackServer
    private let state = Mutex<(runs: [Run], replied: Int)>(([], 0))
    private let reply: @Sendable (Run) -> RESPValue?

    /// - Parameter reply: called on another thread; nil: no reply.
    init(_ reply: @escaping @Sendable (Run) -> RESPValue?) throws {
        server = try LoopbackServer()
        self.reply = reply
        server.start { [self] connection, _ in serve(connection) }
    }

    var port: Int { server.port }

    /// What was run so far.
    var runs: [Run] { state.withLock { $0.runs } }
    /// How many scripts have been replied to.
    var replied: Int { state.withLock { $0.replied } }

    var settings: FleetSettings {
        var settings = FleetSettings(url: "http://127.0.0.1:\(port)")
        settings.addresses = [StoreAddress(host: "127.0.0.1", port: port)].compactMap(\.self)
        return settings
    }

    func close() { server.stop() }

    private func serve(_ connection: Int32) {
        var reader = RESPReader()
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = recv(connection, &bytes, bytes.count, 0)
            guard count > 0 else { return }
            reader.receive(bytes.prefix(count))
            while case .array(let parts)? = try? reader.next() {
                let words = parts.map { if case .bulk(let word) = $0 { String(decoding: word, as: UTF8.self) } else { "" } }
                guard let reply = self.reply(words) else { continue }
                var out: [UInt8] = []
                Self.append(reply, to: &out)
                LoopbackSocket.send(connection, out)
                if words.first == "EVALSHA" { state.withLock { $0.replied += 1 } }
            }
        }
    }

    private func reply(_ words: [String]) -> RESPValue? {
        switch words.first {
        case "PING": return .status(Array("PONG".utf8))
        case "INFO": return .bulk(Array("role:master\r\nrun_id:one\r\n".utf8))
        case "EVALSHA":
            let script = FleetScript.all.first { $0.digest == words.dropFirst().first }?.name ?? ""
            let run = Run(script: script, words: Array(words.dropFirst(3)))
            state.withLock { $0.runs.append(run) }
            return reply(run)
        default: return .error(Array("ERR unknown command".utf8))
        }
    }

    private static func append(_ value: RESPValue, to out: inout [UInt8]) {
        switch value {
        case .status(let text): out += Array("+".utf8) + text
        case .error(let text): out += Array("-".utf8) + text
        case .integer(let number): out += Array(":\(number)".utf8)
        case .bulk(let content): out += Array("$\(content.count)\r\n".utf8) + content
        case .null: out += Array("$-1".utf8)
        case .array(let values):
            out += Array("*\(values.count)\r\n".utf8)
            for value in values { append(value, to: &out) }
            return
        }
        out += [0x0D, 0x0A]
    }
}

extension RESPValue {
    /// A script's reply.
    static func reply(_ word: String, time: Int64 = 1_000_000, _ rest: RESPValue...) -> RESPValue {
        .array([text(word), .integer(time)] + rest)
    }

    static func text(_ text: String) -> RESPValue { .bulk(Array(text.utf8)) }
}
