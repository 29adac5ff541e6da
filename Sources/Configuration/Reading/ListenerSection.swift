import Glibc
import Policy

/// A listener's table before it becomes `ListenerSettings`.
struct ListenerDraft {
    var address: ListenAddress?
    var tenant: String?
    var mode: UInt32?
    var owner: UInt32?
    var group: UInt32?
}

extension ValueReader where Value == ListenAddress {
    static let listenAddress = ValueReader(form: "address", text: { quoted("\($0)") }) { node, reading in
        Self.address(node, &reading, hint: ListenAddress.form)
    }

    /// - Parameter hint: the forms that are accepted here.
    fileprivate static func address(_ node: Node, _ reading: inout Reading, hint: String) -> ListenAddress? {
        guard let text = reading.string(node, "an address, a string", hint: hint) else { return nil }
        do throws(ListenAddress.Problem) {
            return try ListenAddress(parsing: text)
        } catch {
            reading.error(error.message, hint: error.hint == ListenAddress.form ? hint : error.hint)
            return nil
        }
    }
}

extension ValueReader where Value == ListenAddress? {
    static let admin = ValueReader(form: "address, or \"off\"", text: { quoted($0?.description ?? "off") }) { node, reading in
        if case .string("off") = node.value { return .some(nil) }
        let hint = "\"127.0.0.1:9901\", \"[::1]:9901\", \"unix:/run/zuora-gateway-admin.sock\" or \"off\""
        guard let address = ValueReader<ListenAddress>.address(node, &reading, hint: hint) else { return nil }
        if address.isTLS {
            reading.error("the admin listener supports plain HTTP only", hint: "remove \"tls:\", and keep it on this machine")
            return nil
        }
        return address
    }
}

extension ValueReader where Value == Int? {
    static let workers = ValueReader(form: "integer, 1 to 256, or \"auto\"", text: { $0.map { "\($0)" } ?? "\"auto\"" }) {
        node, reading in
        if case .string("auto") = node.value { return .some(nil) }
        guard case .integer(let number) = node.value, (1...256).contains(number) else {
            reading.error("expected a number from 1 to 256, or \"auto\"")
            return nil
        }
        return number
    }
}

extension ValueReader where Value == ListenerSettings {
    static let listener = ValueReader(form: "address or table", text: { quoted("\($0.address)") }) { node, reading in
        guard case .table(let table) = node.value else {
            return ValueReader<ListenAddress>.listenAddress.read(node, &reading).map { ListenerSettings(address: $0) }
        }
        var draft = ListenerDraft()
        Schema.listener.read(table, into: &draft, &reading)
        guard let address = draft.address else { return nil }
        var listener = ListenerSettings(address: address, tenant: draft.tenant)
        listener.mode = draft.mode
        listener.ownerID = draft.owner
        listener.groupID = draft.group
        if case .unix = address {
        } else {
            for key in ["mode", "owner", "group"] where table[key] != nil {
                reading.at(.key(key)) { $0.error("only supported for a Unix socket with a path") }
            }
        }
        return listener
    }
}

extension ValueReader where Value == UInt32 {
    static let fileMode = ValueReader(form: "octal digits in a string", text: { "\"0\(String($0, radix: 8))\"" }) {
        node, reading in
        guard case .string(let text) = node.value, (3...4).contains(text.utf8.count), text.first != "+",
            let mode = UInt32(text, radix: 8),
            mode <= 0o777
        else {
            reading.error("expected permission bits in octal, as a string", hint: "such as \"0660\"")
            return nil
        }
        return mode
    }

    /// A user or a group, by number or by a name of this machine.
    static func account(_ kind: Account) -> Self {
        ValueReader(form: "name or integer", text: { "\($0)" }) { node, reading in
            switch node.value {
            case .integer(let number):
                // The highest value, (uid_t)-1, means "unchanged" to chown.
                guard let id = UInt32(exactly: number), id < .max else {
                    reading.error("\(number) is not a \(kind.rawValue) id")
                    return nil
                }
                return id
            case .string(let name):
                guard let id = reading.accounts(kind, name) else {
                    reading.error("this machine has no \(kind.rawValue) \(quoted(name))")
                    return nil
                }
                return id
            default:
                reading.expected("a name or a number", node)
                return nil
            }
        }
    }
}

/// Users and groups of this machine.
enum Account: String {
    case user, group

    /// Resolves a name to its numeric id; nil if the name does not exist.
    typealias Lookup = @Sendable (Account, String) -> UInt32?

    /// The numeric id of `name`; nil if it does not exist.
    func id(of name: String) -> UInt32? {
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        switch self {
        case .user:
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard unsafe getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil else { return nil }
            return unsafe entry.pw_uid
        case .group:
            var entry = unsafe Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            guard unsafe getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil else { return nil }
            return unsafe entry.gr_gid
        }
    }
}
