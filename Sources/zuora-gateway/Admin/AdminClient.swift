import ArgumentParser
import CommandSupport
import Configuration
import Wire

/// A blocking client of the admin listener, with as much HTTP/1.1 as containers without curl need.
struct AdminClient {
    let address: AddressArgument

    /// - Parameter deadline: for the whole exchange except name resolution.
    func ask(_ method: String, _ path: String, deadline: Instant) throws(ConnectionFailure) -> PlainResponse {
        let host = if case .tcp = address { address.description } else { "localhost" }
        let length = method == "GET" ? "" : "Content-Length: 0\r\n"
        return try BlockingConnection.exchange(
            "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\(length)Connection: close\r\n\r\n", with: address, deadline: deadline
        )
    }
}

/// The address of the gateway's admin listener.
struct AdminOption: ParsableArguments {
    @Option(
        name: .customLong("admin"),
        help: ArgumentHelp("The admin listener: host:port or unix:/path.", valueName: "address"))
    var address = AddressArgument.tcp(host: "127.0.0.1", port: 9901)

    func validate() throws {
        guard case .tcp(_, 0) = address else { return }
        throw ValidationError("The value '\(address)' is invalid for '--admin <address>': nothing listens on port 0.")
    }
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
