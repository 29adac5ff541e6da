import Policy

extension ListenAddress {
    static let form =
        "\"127.0.0.1:8080\", \"[::1]:8080\", \"tls:0.0.0.0:8443\", \"unix:/run/zuora-gateway.sock\", \"unix:@name\" or \"fd:3\""

    /// What is wrong with an address, as an error says it.
    struct Problem: Error {
        var message: String
        var hint: String?
    }

    init(parsing text: String) throws(Problem) {
        if text.hasPrefix("unix:") {
            self = try Self.unix(String(text.dropFirst(5)))
        } else if text.hasPrefix("fd:") {
            self = try Self.descriptor(String(text.dropFirst(3)))
        } else {
            let isTLS = text.hasPrefix("tls:")
            self = try Self.tcp(isTLS ? text.dropFirst(4) : text[...], tls: isTLS)
        }
    }

    private static func unix(_ path: String) throws(Problem) -> ListenAddress {
        guard path.utf8.allSatisfy({ $0 > 0x1F && $0 != 0x7F }) else {
            throw Problem(message: "control characters in a socket's path")
        }
        // sun_path holds 108 bytes: a path with its NUL, or a NUL with the name.
        guard path.utf8.count <= 107 else { throw Problem(message: "longer than the 107 bytes that a socket's path may have") }
        if path.hasPrefix("@") {
            guard path.count > 1 else { throw Problem(message: "no name after \"unix:@\"") }
            return .abstractUnix(name: String(path.dropFirst()))
        }
        guard path.hasPrefix("/"), path.count > 1 else {
            throw Problem(message: "a socket's path must be absolute", hint: "\"unix:/run/zuora-gateway.sock\"")
        }
        return .unix(path: path)
    }

    private static func descriptor(_ text: String) throws(Problem) -> ListenAddress {
        if !text.isEmpty, text.utf8.allSatisfy(\.isDigit) {
            guard let number = Int32(text), (3...65_535).contains(number) else {
                throw Problem(message: "not a descriptor that can be inherited", hint: "\"fd:3\" is the first")
            }
            return .fileDescriptor(.number(number))
        }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != .colon }) else {
            throw Problem(message: "neither a descriptor number nor a name", hint: "\"fd:3\" or \"fd:http\"")
        }
        return .fileDescriptor(.name(text))
    }

    private static func tcp(_ text: Substring, tls: Bool) throws(Problem) -> ListenAddress {
        guard let colon = text.lastIndex(of: ":") else {
            throw Problem(message: "not an address: \(quoted(String(text)))", hint: form)
        }
        var host = String(text[..<colon])
        guard let port = portNumber(text[text.index(after: colon)...]) else {
            throw Problem(message: "no port between 0 and 65535 after the last colon", hint: form)
        }
        if host.isEmpty || host == "*" {
            throw Problem(
                message: "no host",
                hint: "\"0.0.0.0:\(port)\" or \"[::]:\(port)\" for every address, \"127.0.0.1:\(port)\" for this machine")
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard let address = HostName.canonicalIPv6(host) else {
                throw Problem(message: "not an IPv6 address: \(quoted(host))")
            }
            host = address
        } else if HostName.isIPv6(host) {
            throw Problem(message: "an IPv6 address needs brackets", hint: "\"[\(host)]:\(port)\"")
        } else if !HostName.isIPv4(host), !HostName.isName(host) {
            throw Problem(message: "neither an address nor a host name: \(quoted(host))", hint: form)
        }
        return .tcp(host: host.lowercased(), port: port, tls: tls)
    }

    /// Whether only this machine reaches it; nil if unknown, for an inherited descriptor.
    var isLocal: Bool? {
        switch self {
        case .tcp(let host, _, _): HostName.isLoopback(host)
        case .unix, .abstractUnix: true
        case .fileDescriptor: nil
        }
    }

    /// Whether both can certainly not be bound at one time. `localhost` is one of the loopback addresses, by the system's resolver.
    func collides(with other: ListenAddress) -> Bool {
        guard case .tcp(let host, let port, _) = self, case .tcp(let otherHost, let otherPort, _) = other else {
            return self == other
        }
        guard port == otherPort, port != 0 else { return false }
        if host == otherHost { return true }
        guard host != "localhost", otherHost != "localhost", host.contains(":") == otherHost.contains(":") else { return false }
        return Self.everything.contains(host) || Self.everything.contains(otherHost)
    }

    private static let everything = ["0.0.0.0", "::"]
}
