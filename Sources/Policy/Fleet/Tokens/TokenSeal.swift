import CLinux
import COpenSSL
import Wire

/// The store's keys and the sealing of its values, derived so that the store reveals neither secrets nor their owners.
///
/// All are derived by HKDF-SHA256 (RFC 5869) from a key that the store does not have, bound to their purpose. A rotated client secret
/// has different names and keys: versions of a secret never mix.
public struct FleetKeys: Sendable {
    /// The fleet's key, or its name if it has none.
    private let fleet: Secret

    /// - Parameter key: the fleet's key; nil binds names to the fleet's name only, so that an owner of the store can guess which
    ///   tenant or address a name stands for. Tokens are sealed by the client secret in any case.
    public init(name: String, key: Secret? = nil) {
        var material: [UInt8] = []
        Self.append(Array(name.utf8), to: &material)
        if let key {
            var bytes: [UInt8] = []
            key.append(to: &bytes)
            Self.append(bytes, to: &material)
            bytes.wipe()
        }
        fleet = Secret(consuming: &material)
    }

    /// The key of token calls from one address, as named by `[fleet] egress`.
    public func egress(_ name: String) -> String? { tagged("e", ["egress", name]) }

    /// The keys of the slots of a tenant's entity: the hash, the queue, the times.
    public func lane(tenant: String, entity: String) -> [String]? {
        tagged("l", ["lane", tenant, entity]).map { [$0, $0 + ":w", $0 + ":x"] }
    }

    /// The key of a tenant's rate and pauses.
    public func rate(tenant: String) -> String? { tagged("r", ["rate", tenant]) }

    public func members() -> String? { tagged("m", ["members"]) }

    /// - Parameters:
    ///   - secret: the version of the client's secret in use.
    ///   - parameters: other inputs that the token depends on, such as form parameters and the entities of its scope.
    /// - Returns: nil if OpenSSL is out of memory or broken.
    public func credential(secret: Secret, url: String, clientID: String, parameters: [String]) -> TokenSeal? {
        var material: [UInt8] = []
        fleet.append(to: &material)
        var bytes: [UInt8] = []
        secret.append(to: &bytes)
        Self.append(bytes, to: &material)
        bytes.wipe()
        let key = Secret(consuming: &material)
        let purpose = [url, clientID] + parameters
        guard let name = Self.derive(key, ["credential name"] + purpose, 16),
            let seal = Self.derive(key, ["token seal"] + purpose, 32)
        else { return nil }
        return TokenSeal(name: "zg1:{c:" + Self.hex(name) + "}", key: seal)
    }

    private func tagged(_ kind: String, _ purpose: [String]) -> String? {
        Self.derive(fleet, purpose, 16).map { "zg1:{\(kind):\(Self.hex($0))}" }
    }

    private static func derive(_ key: Secret, _ purpose: [String], _ length: Int) -> Secret? {
        var info: [UInt8] = []
        append(Array("zuora-gateway fleet 1".utf8), to: &info)
        for part in purpose { append(Array(part.utf8), to: &info) }
        var out = [UInt8](repeating: 0, count: length)
        let done = key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe zg_hkdf_sha256(key.baseAddress, key.count, info, info.count, &out, length)
            }
        }
        defer { out.wipe() }
        return done == 1 ? Secret(copying: out.span) : nil
    }

    /// Each part prefixed with its length, so that different lists of parts never have the same bytes.
    static func append(_ part: [UInt8], to out: inout [UInt8]) {
        for shift in [24, 16, 8, 0] { out.append(UInt8(truncatingIfNeeded: part.count >> shift)) }
        out += part
    }

    private static func hex(_ name: Secret) -> String {
        name.withBytes { $0.copy($0.indices).hexadecimal }
    }
}

/// A record's data besides the token. The seal covers it: no part can be changed or moved to another
/// token.
public struct TokenRecordFacts: Hashable, Sendable {
    /// The token's generation: the fence of the call that returned it.
    public var generation: Int64
    public var expiry: StoreTime
    /// When the first member should fetch its successor.
    public var refresh: StoreTime

    public init(generation: Int64, expiry: StoreTime, refresh: StoreTime) {
        self.generation = generation
        self.expiry = expiry
        self.refresh = refresh
    }
}

/// Seals the tokens of one version of one credential (AES-256-GCM). A record is a version byte, a random nonce of 12 bytes, the encrypted
/// token and scope, and a tag of 16.
public struct TokenSeal: Sendable {
    /// The key of the store.
    public let name: String
    private let key: Secret

    fileprivate init(name: String, key: Secret) {
        self.name = name
        self.key = key
    }

    private static let version: UInt8 = 1
    private static let head = 13
    private static let tag = 16

    /// - Parameter scope: the `scope` of the token response.
    /// - Returns: nil if OpenSSL is out of memory or broken.
    public func seal(
        _ token: Secret, scope: String, _ facts: TokenRecordFacts, using random: inout some RandomNumberGenerator
    ) -> [UInt8]? {
        var plain: [UInt8] = []
        plain.reserveCapacity(4 + token.count + scope.utf8.count)
        for shift in [24, 16, 8, 0] { plain.append(UInt8(truncatingIfNeeded: token.count >> shift)) }
        token.append(to: &plain)
        plain += scope.utf8
        defer { plain.wipe() }
        let nonce = (0..<12).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let data = additionalData(facts)
        var sealed = [UInt8](repeating: 0, count: plain.count + Self.tag)
        let done = key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe zg_aes256gcm_seal(key.baseAddress, nonce, data, data.count, plain, plain.count, &sealed)
            }
        }
        return done == 1 ? [Self.version] + nonce + sealed : nil
    }

    /// - Returns: nil for anything that was not sealed this way by an owner of the same secret.
    public func open(_ record: [UInt8], _ facts: TokenRecordFacts) -> (token: Secret, scope: String)? {
        guard record.first == Self.version, record.count >= Self.head + 4 + Self.tag else { return nil }
        let nonce = Array(record[1..<Self.head])
        let sealed = Array(record[Self.head...])
        let data = additionalData(facts)
        var plain = [UInt8](repeating: 0, count: sealed.count - Self.tag)
        defer { plain.wipe() }
        let done = key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe zg_aes256gcm_open(key.baseAddress, nonce, data, data.count, sealed, sealed.count, &plain)
            }
        }
        guard done == 1 else { return nil }
        let length = plain[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= plain.count - 4 else { return nil }
        let token = Secret(copying: plain.span.extracting(4..<4 + length))
        return (token, String(decoding: plain[(4 + length)...], as: UTF8.self))
    }

    private func additionalData(_ facts: TokenRecordFacts) -> [UInt8] {
        var data: [UInt8] = []
        for part in [name, "\(facts.generation)", "\(facts.expiry.microseconds)", "\(facts.refresh.microseconds)"] {
            FleetKeys.append(Array(part.utf8), to: &data)
        }
        return data
    }
}
