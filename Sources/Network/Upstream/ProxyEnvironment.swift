import Glibc

/// The forward proxies of the environment, read once at start instead of for every request.
///
/// The variables are those that curl(1) knows; a lower-case name takes precedence over its upper-case variant. `HTTP_PROXY` in upper case is not
/// read, since a CGI caller can set it. A host on loopback never goes through a proxy.
public struct ProxyEnvironment: Hashable, Sendable {
    /// For `https` and `http` upstreams; nil to connect directly.
    public var https: String?
    public var http: String?
    public var exceptions: NoProxyList

    public static let none = ProxyEnvironment([:])

    /// - Parameter environment: the process's variables.
    public init(_ environment: [String: String]) {
        func first(_ names: String...) -> String? {
            for name in names {
                if let value = environment[name], !value.isEmpty { return value }
            }
            return nil
        }
        https = first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        http = first("http_proxy", "all_proxy", "ALL_PROXY")
        exceptions = NoProxyList(first("no_proxy", "NO_PROXY") ?? "")
    }

    /// - Parameter host: in lower case, an IPv6 address without brackets.
    /// - Returns: the proxy's URL, or nil to connect directly.
    public func proxy(forHost host: String, port: Int, isTLS: Bool) -> String? {
        guard let proxy = isTLS ? https : http, !NoProxyList.loopback.contains(host, port: port) else { return nil }
        return exceptions.contains(host, port: port) ? nil : proxy
    }
}

/// `NO_PROXY`: hosts to connect to directly. Names match themselves and their subdomains; addresses match themselves or, as
/// `10.0.0.0/8`, a network; each may name a port; `*` matches everything.
public struct NoProxyList: Hashable, Sendable {
    private enum Rule: Hashable, Sendable {
        case everything
        case domain(String, port: Int?)
        case network([UInt8], prefix: Int, port: Int?)
    }

    private var rules: [Rule] = []

    static let loopback = NoProxyList("localhost,127.0.0.0/8,::1")

    /// - Parameter text: rules separated by commas or white space. Invalid rules never match.
    public init(_ text: String) {
        rules = text.lowercased().split { $0 == "," || $0.isWhitespace }.map { Self.rule(String($0)) }
    }

    private static func rule(_ text: String) -> Rule {
        if text == "*" { return .everything }
        var host = Substring(text)
        var port: Int?
        if host.hasPrefix("[") {
            let parts = host.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts[0]
            port = parts.count > 1 ? Int(parts[1].dropFirst()) : nil
        } else if let colon = host.firstIndex(of: ":"), colon == host.lastIndex(of: ":") {
            port = Int(host[host.index(after: colon)...])
            host = host[..<colon]
        }
        let parts = host.split(separator: "/", maxSplits: 1)
        if let first = parts.first, let address = address(String(first)) {
            let bits = address.count * 8
            let prefix = parts.count > 1 ? Int(parts[1]).map { max(0, min($0, bits)) } : bits
            if let prefix { return .network(address, prefix: prefix, port: port) }
        }
        return .domain(String(host.hasPrefix("*.") ? host.dropFirst(2) : host.drop { $0 == "." }), port: port)
    }

    /// - Parameter host: in lower case, an IPv6 address without brackets.
    public func contains(_ host: String, port: Int) -> Bool {
        let address = Self.address(host)
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        return rules.contains { rule in
            switch rule {
            case .everything: true
            case .domain(let domain, let wanted):
                !domain.isEmpty && (wanted == nil || wanted == port) && (name == domain || name.hasSuffix("." + domain))
            case .network(let network, let prefix, let wanted):
                (wanted == nil || wanted == port) && address.map { Self.matches($0, network, prefix) } ?? false
            }
        }
    }

    private static func matches(_ address: [UInt8], _ network: [UInt8], _ prefix: Int) -> Bool {
        guard address.count == network.count else { return false }
        return (0..<prefix).allSatisfy { bit in (address[bit / 8] ^ network[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0 }
    }

    /// The bytes of an address literal: 4 or 16.
    private static func address(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let family = text.contains(":") ? AF_INET6 : AF_INET
        guard unsafe inet_pton(family, text, &bytes) == 1 else { return nil }
        return family == AF_INET ? Array(bytes[..<4]) : bytes
    }
}
