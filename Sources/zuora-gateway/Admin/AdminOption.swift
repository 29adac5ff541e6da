import ArgumentParser

/// Where the gateway's admin listener is.
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
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            // sun_path holds 108 bytes, the NUL behind the path included.
            guard path.hasPrefix("/"), path.utf8.count <= 107 else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: port)
    }

    var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    var defaultValueDescription: String { description }
}
