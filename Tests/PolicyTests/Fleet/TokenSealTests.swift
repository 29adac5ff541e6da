import Policy
import Testing
import Wire

struct TokenSealTests {
    private let keys = FleetKeys(name: "shop", key: Secret(copying: "a key of the fleet"))
    private let facts = TokenRecordFacts(
        generation: 17, expiry: StoreTime(microseconds: 1_700_003_600_000_000),
        refresh: StoreTime(microseconds: 1_700_002_500_000_000))

    private func seal(
        _ keys: FleetKeys? = nil, secret: String = "s3cret", url: String = "https://rest.zuora.com/oauth/token",
        id: String = "client",
        parameters: [String] = ["scope=a"]
    ) throws -> TokenSeal {
        try #require(
            (keys ?? self.keys).credential(secret: Secret(copying: secret), url: url, clientID: id, parameters: parameters))
    }

    private func record(_ seal: TokenSeal, seed: UInt64 = 1) throws -> [UInt8] {
        var random = SplitMix64(seed: seed)
        return try #require(seal.seal(Secret(copying: "the token"), scope: "entity.1 entity.2", facts, using: &random))
    }

    @Test func `what was sealed is opened by another holder of the same secret`() throws {
        let opened = try #require(try seal().open(record(seal()), facts))
        #expect(opened.token == Secret(copying: "the token"))
        #expect(opened.scope == "entity.1 entity.2")
    }

    @Test func `every flipped bit and every cut is refused`() throws {
        let seal = try seal()
        let record = try record(seal)
        for bit in 0..<record.count * 8 {
            var changed = record
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(seal.open(changed, facts) == nil, "bit \(bit)")
        }
        for length in 0..<record.count { #expect(seal.open(Array(record[..<length]), facts) == nil) }
        #expect(seal.open(record + [0], facts) == nil)
    }

    @Test func `a record can be neither extended nor given to another token`() throws {
        let seal = try seal()
        let record = try record(seal)
        var changes = [facts, facts, facts]
        changes[0].generation += 1
        changes[1].expiry = changes[1].expiry + .seconds(1)
        changes[2].refresh = changes[2].refresh + .seconds(1)
        for changed in changes { #expect(seal.open(record, changed) == nil) }
        #expect(seal.open(record, facts) != nil)
    }

    @Test func `whatever a token depends on makes another name, and its record is refused elsewhere`() throws {
        let record = try record(seal())
        let others = try [
            seal(secret: "s3cret2"), seal(url: "https://rest.eu.zuora.com/oauth/token"), seal(id: "clien"), seal(parameters: []),
            seal(parameters: ["scope=", "a"]), seal(FleetKeys(name: "shop")),
            seal(FleetKeys(name: "shop2", key: Secret(copying: "a key of the fleet"))),
        ]
        let names = Set(try others.map(\.name) + [seal().name])
        #expect(names.count == others.count + 1)
        for other in others { #expect(other.open(record, facts) == nil) }
    }

    @Test func `two records of one token have nothing in common`() throws {
        let (a, b) = try (record(seal(), seed: 1), record(seal(), seed: 2))
        #expect(a.count == b.count)
        #expect(zip(a, b).count { $0 == $1 } < a.count / 4)
    }

    @Test func `names show nothing and keep the keys of one script in one slot`() throws {
        let lane = try #require(keys.lane(tenant: "acme", entity: "eu"))
        let names =
            try [seal().name, #require(keys.egress("nat-1")), #require(keys.rate(tenant: "acme")), #require(keys.members())]
            + lane
        for name in names {
            #expect(name.hasPrefix("zg1:{"))
            for part in ["acme", "client", "nat", "eu}", "s3cret"] { #expect(!name.contains(part)) }
        }
        #expect(Set(names).count == names.count)
        #expect(Set(lane.map { $0.prefix { $0 != "}" } }).count == 1)
        // Lengths are part of what is hashed.
        #expect(keys.lane(tenant: "ac", entity: "meeu") != keys.lane(tenant: "acme", entity: "eu"))
        #expect(FleetKeys(name: "shop").members() != FleetKeys(name: "shop2").members())
    }
}
