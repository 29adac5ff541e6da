import Policy

/// This process as a member of a fleet.
final class Fleet {
    let store: StoreClient
    let keys: FleetKeys
    let settings: FleetSettings
    /// The key of the address's budget of token calls.
    let egress: String
    /// Chosen at random for each process.
    let member: String
    private var shares = 0
    /// Tokens since the start, by where they come from: called for and published here, received from another member, called for without the
    /// store.
    var fetched = 0
    var received = 0
    var local = 0
    /// Records that were not sealed by a member.
    var refused = 0

    /// - Returns: nil if OpenSSL is out of memory or broken.
    init?(_ settings: FleetSettings, key: Secret?, store: StoreClient) {
        self.settings = settings
        self.store = store
        keys = FleetKeys(name: settings.name, key: key)
        guard let egress = keys.egress(settings.egress) else { return nil }
        self.egress = egress
        var random = SystemRandomNumberGenerator()
        member = String(UInt64.random(in: .min ... .max, using: &random), radix: 36)
    }

    /// A member of its own for each version of a credential: two with the same secret must not share a lock in the store.
    func nextMember() -> String {
        shares += 1
        return "\(member)-\(shares)"
    }
}
