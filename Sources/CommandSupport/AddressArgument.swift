public import ArgumentParser

/// An address on a command line: `host:port`, `[v6]:port` or `unix:/path`.
public enum AddressArgument: Hashable, Sendable {
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// - Returns: nil for anything else, and for a path longer than the 107 bytes that a socket's address has room for (unix(7)).
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count <= 107 else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: port)
    }
}

extension AddressArgument: ExpressibleByArgument, CustomStringConvertible {
    public init?(argument: String) { self.init(argument) }

    public var defaultValueDescription: String { description }

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
