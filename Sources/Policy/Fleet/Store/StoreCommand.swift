/// Encodes commands: an array of bulk strings.
public enum StoreCommand {
    /// Appends the command `parts` to `out`.
    public static func append(_ parts: [[UInt8]], to out: inout [UInt8]) {
        append("*", parts.count, to: &out)
        for part in parts {
            append("$", part.count, to: &out)
            out.append(contentsOf: part)
            out.append(contentsOf: [0x0D, 0x0A])
        }
    }

    /// The bytes of a textual command, such as `["PING"]`.
    public static func bytes(_ parts: [String]) -> [UInt8] {
        var out: [UInt8] = []
        append(parts.map { Array($0.utf8) }, to: &out)
        return out
    }

    private static func append(_ type: StaticString, _ count: Int, to out: inout [UInt8]) {
        out.append(contentsOf: "\(type)\(count)\r\n".utf8)
    }
}

/// The meaning of an error reply for the gateway.
public enum StoreError: Hashable, Sendable {
    /// The script is not in the store's cache: send its text.
    case unknownScript
    /// Cluster: the key's slot is at another node, permanently or for this command only.
    case moved(host: String, port: Int)
    case ask(host: String, port: Int)
    /// The node is a replica, or has too few replicas to accept writes.
    case readOnly
    /// It is loading its data set, or waits for its master.
    case loading
    case outOfMemory
    /// The name or password is missing or wrong.
    case unauthenticated
    /// The ACL does not allow the command or the key.
    case forbidden
    /// Another script has been running for too long.
    case busy
    case clusterDown
    /// Cluster: the keys' slot is being moved, and some of the keys are not at this node.
    case tryAgain
    /// Anything else: the code in capitals that the reply begins with.
    case other(String)

    public init(_ reply: [UInt8]) {
        let words = reply.split(separator: 0x20, maxSplits: 3).map { String(decoding: $0, as: UTF8.self) }
        let code = words.first ?? ""
        switch code {
        case "NOSCRIPT": self = .unknownScript
        case "MOVED", "ASK":
            // MOVED 3999 127.0.0.1:6381; an IPv6 address contains colons.
            guard words.count >= 3, let colon = words[2].lastIndex(of: ":"),
                let port = Int(words[2][words[2].index(after: colon)...]), (1...65535).contains(port)
            else {
                self = .other(code)
                return
            }
            let host = String(words[2][..<colon])
            self = code == "ASK" ? .ask(host: host, port: port) : .moved(host: host, port: port)
        case "READONLY", "NOREPLICAS": self = .readOnly
        case "LOADING", "MASTERDOWN": self = .loading
        case "OOM": self = .outOfMemory
        case "NOAUTH", "WRONGPASS": self = .unauthenticated
        case "NOPERM": self = .forbidden
        case "BUSY": self = .busy
        case "CLUSTERDOWN": self = .clusterDown
        case "TRYAGAIN": self = .tryAgain
        case "ERR" where Self.isRightMissing(reply): self = .forbidden
        default: self = .other(String(code.prefix(32)))
        }
    }

    /// Whether a script was refused a command or a key. The code does not show that: Redis 6 and 7.0 have the first text (6 after the name
    /// of the script), later ones and Valkey the second.
    private static func isRightMissing(_ reply: [UInt8]) -> Bool {
        let text = String(decoding: reply.prefix(256), as: UTF8.self)
        return text.contains("The user executing the script can't ") || text.contains("ACL failure in script: ")
    }

    /// What `name` may be.
    static let names = [
        "unknown-script", "moved", "read-only", "loading", "out-of-memory", "unauthenticated", "forbidden", "busy",
        "cluster-down", "error",
    ]

    /// A short name for logs, metrics and `/readyz`.
    public var name: String {
        switch self {
        case .unknownScript: "unknown-script"
        case .moved, .ask: "moved"
        case .readOnly: "read-only"
        case .loading: "loading"
        case .outOfMemory: "out-of-memory"
        case .unauthenticated: "unauthenticated"
        case .forbidden: "forbidden"
        case .busy: "busy"
        case .clusterDown, .tryAgain: "cluster-down"
        case .other: "error"
        }
    }
}
