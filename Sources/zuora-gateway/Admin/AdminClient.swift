import ArgumentParser
import CommandSupport
import Configuration
import Wire

/// A blocking client of the admin listener, with as much HTTP/1.1 as containers without curl need.
struct AdminClient {
    let address: AdminAddress

    struct Response {
        let status: Int
        let body: String

        /// The status and the beginning of the body, on one line.
        var summary: String {
            let text = body.split(whereSeparator: \.isNewline).joined(separator: " ")
            return text.isEmpty ? "status \(status)" : "status \(status): \(text.prefix(500))"
        }
    }

    /// Why there was no valid response.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The maximum size of a response.
    private static let limit = 1 << 20

    /// - Parameter deadline: for the whole exchange except name resolution.
    func ask(_ method: String, _ path: String, deadline: Instant) throws(Failure) -> Response {
        let connection = try BlockingConnection(to: address, deadline: deadline)
        let host = if case .tcp = address { address.description } else { "localhost" }
        let body = method == "GET" ? "" : "Content-Length: 0\r\n"
        try connection.write(
            Array("\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\(body)Connection: close\r\n\r\n".utf8), deadline: deadline)
        return try Self.parse(connection.readAll(limit: Self.limit, deadline: deadline))
    }

    /// The response ends with the connection, as requested.
    static func parse(_ bytes: [UInt8]) throws(Failure) -> Response {
        guard !bytes.isEmpty else { throw Failure(description: "the connection was closed without a response") }
        let line = String(decoding: bytes.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let status = Int(words[1]) else {
            throw Failure(description: "the response is not HTTP")
        }
        let separator = Array("\r\n\r\n".utf8)
        var body: ArraySlice<UInt8> = []
        for start in bytes.indices where bytes[start...].starts(with: separator) {
            body = bytes[(start + separator.count)...]
            break
        }
        return Response(status: status, body: String(decoding: body, as: UTF8.self))
    }
}

/// The address of the gateway's admin listener.
struct AdminOption: ParsableArguments {
    @Option(
        name: .customLong("admin"),
        help: ArgumentHelp("The admin listener: host:port or unix:/path.", valueName: "address"))
    var address = AdminAddress.standard
}

enum AdminAddress: Hashable, Sendable {
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    static let standard = AdminAddress.tcp(host: "127.0.0.1", port: 9901)
}

extension AdminAddress: ExpressibleByArgument, CustomStringConvertible {
    /// `127.0.0.1:9901`, `[::1]:9901` or `unix:/run/admin.sock`.
    init?(argument text: String) {
        switch AddressArgument(text) {
        case .unix(let path): self = .unix(path: path)
        case .tcp(let host, let port) where port > 0: self = .tcp(host: host, port: port)
        default: return nil
        }
    }

    var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    var defaultValueDescription: String { description }
}

/// A duration as in proxy.conf: `500ms`, `30s`, `2m`.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument text: String) {
        guard let duration = DurationText.parse(text), duration > .zero else { return nil }
        self.duration = duration
    }

    var description: String { DurationText.text(duration) }
    var defaultValueDescription: String { description }
}
