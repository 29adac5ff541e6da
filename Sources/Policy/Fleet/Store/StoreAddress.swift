/// The address of a server of the store, from the configuration or from another server.
public struct StoreAddress: Hashable, Sendable, CustomStringConvertible {
    /// A DNS name or an IPv4 or IPv6 address, without brackets and in lower case.
    public let host: String
    /// 1 to 65535.
    public let port: Int

    /// nil unless `host` is a DNS name or an address without a zone, and `port` a port.
    public init?(host: String, port: Int) {
        guard host.utf8.count <= 253, HostName.isIPv4(host) || HostName.isIPv6(host) || HostName.isName(host),
            (1...65535).contains(port)
        else { return nil }
        self.host = host.lowercased()
        self.port = port
    }

    public var isLoopback: Bool { HostName.isLoopback(host) }

    /// With brackets around an IPv6 address.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Reads the reply to `SENTINEL GET-MASTER-ADDR-BY-NAME`.
public enum SentinelReply {
    /// - Parameter isTLS: whether servers are reached over TLS. Without it only this machine's are.
    public static func master(_ value: RESPValue, isTLS: Bool) -> Result<StoreAddress, StoreHealth.Loss> {
        switch value {
        case .null: return .failure(.unknownMaster)
        case .error(let text): return .failure(.refused(StoreError(text)))
        case .array(let parts):
            guard parts.count == 2, case .bulk(let host) = parts[0], case .bulk(let port) = parts[1], port.count <= 5,
                let number = Int(String(decoding: port, as: UTF8.self)),
                let address = StoreAddress(host: String(decoding: host, as: UTF8.self), port: number)
            else { return .failure(.malformed) }
            return isTLS || address.isLoopback ? .success(address) : .failure(.insecure)
        default: return .failure(.malformed)
        }
    }
}
