import CLinux
import Foundation
import Glibc
import Network
import Policy
import Wire

/// A TLS server on the test's own loop.
final class TLSServer {
    let port: UInt16
    var url: String { "https://localhost:\(port)" }
    private let socket: ListeningSocket
    private var listener: Listener?
    /// Connections taken so far.
    private(set) var connections = 0

    /// - Parameter script: gets each connection once hands are shaken.
    init(
        _ reactor: Reactor, _ pair: Certificates.Pair, clientCA: String? = nil, script: @escaping (LoopStream) async -> Void
    ) throws {
        socket = try ListeningSocket(.tcp(host: "127.0.0.1", port: 0))
        guard case .tcp(_, let port) = socket.address else { throw SystemError("no port", code: 0) }
        self.port = port
        let context = try TLSServerContext(.init(certificate: pair.certificate, key: pair.key, clientCA: clientCA))
        listener = try Listener(socket, reactor: reactor) { [unowned self] descriptor in
            connections += 1
            reactor.spawn {
                guard let stream = try? LoopStream(descriptor: descriptor, reactor: reactor) else { return }
                try? await stream.acceptTLS(context, deadline: .now() + .seconds(20))
                if stream.isTLS { await script(stream) }
                stream.close()
            }
        }
    }

    deinit { listener?.stop() }
}

extension LoopStream {
    /// A request's head; nil at the end of the connection.
    func readHead() async -> String? {
        var buffer = ByteBuffer(capacity: 16384)
        while true {
            switch read(into: &buffer) {
            case .bytes:
                let text = String(decoding: buffer.bytes[buffer.start..<buffer.end], as: UTF8.self)
                if text.hasSuffix("\r\n\r\n") { return text }
            case .wouldBlock: _ = await waitReadable(until: .now() + .seconds(20))
            default: return nil
            }
        }
    }

    /// Reads up to and including `mark`.
    /// - Returns: how many bytes were read; nil at an earlier end of the connection.
    func read(upTo mark: String) async -> Int? {
        var received: [UInt8] = []
        while true {
            var buffer = ByteBuffer(capacity: 16384)
            switch read(into: &buffer) {
            case .bytes:
                received += buffer.bytes[buffer.start..<buffer.end]
                if received.suffix(mark.utf8.count).elementsEqual(mark.utf8) { return received.count }
            case .wouldBlock: _ = await waitReadable(until: .now() + .seconds(20))
            default: return nil
            }
        }
    }

    /// Each piece goes out as a TLS record of its own.
    func writeRecords(_ pieces: [[UInt8]]) async {
        for piece in pieces {
            var rest = piece.span
            while !rest.isEmpty {
                switch write(rest) {
                case .bytes(let count): rest = rest.extracting(droppingFirst: count)
                case .wouldBlock: _ = await waitWritable(until: .now() + .seconds(20))
                default: return
                }
            }
        }
    }

    /// Holds back what is written (TCP_CORK), or lets it go.
    func cork(_ isOn: Bool) {
        var value: Int32 = isOn ? 1 : 0
        setsockopt(descriptor, Int32(IPPROTO_TCP), 3, &value, 4)
    }
}
