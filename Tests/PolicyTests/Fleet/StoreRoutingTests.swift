import Testing

@testable import Policy

struct StoreRoutingTests {
    private func address(_ text: String, _ port: Int) throws -> StoreAddress {
        try #require(StoreAddress(host: text, port: port))
    }

    @Test func `only names, addresses and ports are addresses`() throws {
        #expect(try address("Redis.shop.SVC", 6379).description == "redis.shop.svc:6379")
        #expect(try address("fd00::1", 1).description == "[fd00::1]:1")
        #expect(try address("127.0.0.1", 65535).isLoopback)
        #expect(try !address("10.0.0.1", 6379).isLoopback)
        let none = [
            "", "?", "a b", "[::1]", "fe80::1%eth0", "user@host", "host/", "127.1", "-a", String(repeating: "a", count: 300),
        ]
        for host in none {
            #expect(StoreAddress(host: host, port: 1) == nil, "\(host)")
        }
        for port in [0, -1, 65536] { #expect(StoreAddress(host: "a", port: port) == nil) }
    }

    // MARK: Sentinel

    private func master(_ value: RESPValue, isTLS: Bool = true) -> Result<StoreAddress, StoreHealth.Loss> {
        SentinelReply.master(value, isTLS: isTLS)
    }

    private func named(_ host: String, _ port: String) -> RESPValue {
        .array([.bulk(Array(host.utf8)), .bulk(Array(port.utf8))])
    }

    @Test func `a sentinel names the master, or says that it does not know it`() throws {
        #expect(try master(named("10.0.0.7", "6380")) == .success(address("10.0.0.7", 6380)))
        #expect(master(.null) == .failure(.unknownMaster))
        #expect(master(.error(Array("NOAUTH x".utf8))) == .failure(.refused(.unauthenticated)))
        for value in [
            .integer(1), .array([]), .array([.null, .null]), named("10.0.0.7", "0"), named("10.0.0.7", "six"), named("", "1"),
            named("10.0.0.7", "0000006380"), named("evil host", "6379"),
        ] as [RESPValue] { #expect(master(value) == .failure(.malformed)) }
    }

    @Test func `without TLS only a master on this machine is used`() throws {
        #expect(master(named("10.0.0.7", "6380"), isTLS: false) == .failure(.insecure))
        #expect(try master(named("127.0.0.1", "6380"), isTLS: false) == .success(address("127.0.0.1", 6380)))
    }

    // MARK: Addresses in turn

    @Test func `addresses are tried in turn, and the one that worked is the first of the next round`() throws {
        let all = try (1...3).map { try address("s\($0)", 26379) }
        var round = StoreRound(all)
        #expect(round.next() == all[0])
        round.failed(.unreachable)
        #expect(round.next() == all[1])
        round.succeeded()
        round.begin()
        #expect([round.next(), round.next(), round.next(), round.next()] == [all[1], all[0], all[2], nil])
        var none = StoreRound([])
        none.succeeded()
        #expect(none.next() == nil)
    }

    @Test(
        arguments: [
            ([.unreachable, .slow], .slow), ([.slow, .unreachable], .slow), ([.slow, .unknownMaster], .unknownMaster),
            ([.slow, .refused(.unauthenticated)], .refused(.unauthenticated)),
            ([.unknownMaster, .unreachable, .slow], .unknownMaster), ([.unreachable], .unreachable), ([], .unreachable),
        ] as [([StoreHealth.Loss], StoreHealth.Loss)])
    func `a refusal tells more than an address without a server`(losses: [StoreHealth.Loss], shown: StoreHealth.Loss) {
        var round = StoreRound([])
        round.failed(.malformed)
        round.begin()
        for loss in losses { round.failed(loss) }
        #expect(round.loss == shown)
    }

    // MARK: Cluster

    /// As `CLUSTER KEYSLOT` has it.
    @Test(arguments: [
        ("123456789", 0x31C3), ("foo", 12182), ("zg1:{foo}:w", 12182), ("{}foo", 9500), ("a{foo}{bar}", 12182), ("", 0),
        ("{", 4092),
    ])
    func `a key has the slot that servers give it`(key: String, slot: Int) {
        #expect(HashSlot.number(key) == slot)
    }

    @Test func `MOVED teaches the node of the key's slot, until the store is lost`() throws {
        var map = ClusterMap(isTLS: true)
        let (seed, node) = (try address("seed", 6379), try address("10.0.0.2", 7001))
        #expect(map.node(of: "zg1:{a}") == nil)
        let moved = StoreError(Array("MOVED 1 10.0.0.2:7001".utf8))
        #expect(map.redirect(moved, from: seed, key: "zg1:{a}", count: 0) == .send(node, asking: false))
        #expect(map.node(of: "zg1:{a}") == node && map.node(of: "zg1:{a}:w") == node)
        #expect(map.node(of: "zg1:{b}") == nil)
        #expect(map.isInUse(node) && !map.isInUse(seed))
        map.forget()
        #expect(map.node(of: "zg1:{a}") == nil && map.keys.contains("zg1:{a}"))
    }

    @Test func `ASK is for one command, and teaches nothing`() throws {
        var map = ClusterMap(isTLS: true)
        let (seed, node) = (try address("seed", 6379), try address("fd00::2", 7001))
        #expect(map.redirect(.ask(host: "fd00::2", port: 7001), from: seed, key: "k", count: 3) == .send(node, asking: true))
        #expect(map.node(of: "k") == nil)
    }

    @Test func `a node that does not know its own host is where it was reached`() throws {
        var map = ClusterMap(isTLS: true)
        let seed = try address("seed", 6379)
        #expect(
            map.redirect(.moved(host: "", port: 7001), from: seed, key: "k", count: 0)
                == .send(try address("seed", 7001), asking: false))
    }

    @Test func `redirects are bounded, and lead nowhere that the configuration does not allow`() throws {
        let seed = try address("127.0.0.1", 6379)
        let moved = StoreError.moved(host: "127.0.0.2", port: 7001)
        var map = ClusterMap(isTLS: false)
        #expect(map.redirect(moved, from: seed, key: "k", count: ClusterMap.maximumRedirects) == .fail(.refused(moved)))
        let far = StoreError.moved(host: "10.0.0.1", port: 7001)
        #expect(map.redirect(far, from: seed, key: "k", count: 0) == .fail(.insecure))
        let bad = StoreError.moved(host: "?", port: 7001)
        #expect(map.redirect(bad, from: seed, key: "k", count: 0) == .fail(.refused(bad)))
        #expect(map.redirect(.clusterDown, from: seed, key: "k", count: 0) == .fail(.refused(.clusterDown)))
        #expect(map.node(of: "k") == nil)
    }

    @Test func `keys of one slot are one to ask for`() {
        var map = ClusterMap(isTLS: true)
        let before = Set(map.keys)
        for key in ["zg1:{l}:h", "zg1:{l}:w", "zg1:{r}"] { map.expect(key) }
        #expect(Set(map.keys).subtracting(before) == ["zg1:{l}:h", "zg1:{r}"])
    }

    @Test func `keys to begin with are spread over all slots`() {
        let ranges = ClusterMap(isTLS: true).keys.map { HashSlot.number($0) / 512 }
        #expect(ranges.sorted() == Array(0..<32))
    }
}
