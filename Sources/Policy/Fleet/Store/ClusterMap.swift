/// Which node of a Redis or Valkey cluster serves the keys of this member, learnt from the nodes' own redirects.
///
/// Only the slots of keys in use are kept, and some that are spread over all, so that nearly every node is connected before the store may
/// be used. All addresses are dropped when the store is lost: the nodes are then asked anew. A redirect teaches the slot of the key that
/// was asked for, and nothing else.
public struct ClusterMap: Sendable {
    /// Where a redirected command goes.
    public enum Redirect: Hashable, Sendable {
        /// - Parameter asking: after `ASKING`, because the slot is being moved there.
        case send(StoreAddress, asking: Bool)
        case fail(StoreHealth.Loss)
    }

    /// How often one command is redirected at most.
    public static let maximumRedirects = 4
    /// The most nodes that a member is connected to.
    public static let maximumNodes = 64

    private struct Slot {
        /// A key in it, to ask for its node.
        let key: String
        var node: StoreAddress?
    }

    private let isTLS: Bool
    private var slots: [Int: Slot] = [:]

    /// - Parameter isTLS: whether nodes are reached over TLS. Without it only this machine's are.
    public init(isTLS: Bool) {
        self.isTLS = isTLS
        for key in Self.spread { expect(key) }
    }

    /// A key in each of 32 equal ranges of the slots.
    private static let spread: [String] = {
        var keys: [Int: String] = [:]
        for number in 0..<1000 where keys.count < 32 {
            let key = "zg1:{\(number)}"
            let range = HashSlot.number(key) / 512
            if keys[range] == nil { keys[range] = key }
        }
        return Array(keys.values)
    }()

    /// A key in each slot in use, to find their nodes, and whether these reply.
    public var keys: [String] { slots.values.map(\.key) }

    /// Notes that commands with `key` will follow.
    public mutating func expect(_ key: String) {
        let slot = HashSlot.number(key)
        if slots[slot] == nil { slots[slot] = Slot(key: key) }
    }

    /// The node of a key's slot; nil if any node may be asked.
    public func node(of key: String) -> StoreAddress? { slots[HashSlot.number(key)]?.node }

    public func isInUse(_ node: StoreAddress) -> Bool { slots.values.contains { $0.node == node } }

    /// The cluster may have changed.
    public mutating func forget() {
        for slot in slots.keys { slots[slot]?.node = nil }
    }

    /// - Parameters:
    ///   - error: what `node` replied to a command with `key`.
    ///   - count: how often the command was redirected before.
    public mutating func redirect(_ error: StoreError, from node: StoreAddress, key: String, count: Int) -> Redirect {
        let (host, port, isMoved): (String, Int, Bool)
        switch error {
        case .moved(let named, let number): (host, port, isMoved) = (named, number, true)
        case .ask(let named, let number): (host, port, isMoved) = (named, number, false)
        default: return .fail(.refused(error))
        }
        // Without a host it is that of the node itself, which does not know its own.
        guard count < Self.maximumRedirects, let address = StoreAddress(host: host.isEmpty ? node.host : host, port: port) else {
            return .fail(.refused(error))
        }
        guard isTLS || address.isLoopback else { return .fail(.insecure) }
        if isMoved {
            expect(key)
            slots[HashSlot.number(key)]?.node = address
        }
        return .send(address, asking: !isMoved)
    }
}

/// The hash slots of a cluster (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model).
enum HashSlot {
    /// 0 to 16383: CRC-16/XMODEM of the part in the first braces, if it is not empty, else of the whole key.
    static func number(_ key: String) -> Int {
        let bytes = Array(key.utf8)
        var hashed = bytes[...]
        if let open = bytes.firstIndex(of: UInt8(ascii: "{")) {
            let rest = bytes[(open + 1)...]
            if let close = rest.firstIndex(of: UInt8(ascii: "}")), close > rest.startIndex { hashed = rest[..<close] }
        }
        var crc: UInt16 = 0
        for byte in hashed {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
        }
        return Int(crc & 0x3FFF)
    }
}
