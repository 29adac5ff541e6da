/// A fault that a control call asked for: which calls, how many of them, what happens.
public struct FaultRule: Hashable, Sendable {
    public var name: String
    public var match = Match()
    public var effect: FaultEffect
    /// How many calls are struck; nil is all of them.
    public var times: Int?
    /// How many matching calls pass before the first is struck.
    public var skip = 0
    /// Whether `skip` and `times` are counted for each path rather than for all calls together.
    public var perPath = false
    /// The share of the calls that could be struck which are, from 0 to 1.
    public var probability: Double = 1

    public init(name: String, effect: FaultEffect) {
        self.name = name
        self.effect = effect
    }

    /// What a call must be; nil matches all.
    public struct Match: Hashable, Sendable {
        public var method: String?
        /// The path as it is sent, where `*` stands for any characters.
        public var path: String?
        public var tenant: String?
        /// The entity's UUID.
        public var entity: String?
        /// The OAuth client's id.
        public var client: String?

        public init() {}
    }
}

extension FaultRule.Match {
    func holds(method: String, path: String, tenant: String?, entity: String?, client: String?) -> Bool {
        func agrees(_ wanted: String?, _ actual: String?) -> Bool { wanted == nil || wanted == actual }
        return agrees(self.method, method) && agrees(self.tenant, tenant) && agrees(self.entity, entity)
            && agrees(self.client, client) && (self.path.map { Self.glob(Array($0.utf8)[...], Array(path.utf8)[...]) } ?? true)
    }

    /// Whether `text` is what `pattern` describes. Goes back to the last star only, so its time is bounded by the product of
    /// the lengths.
    private static func glob(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var p = 0
        var t = 0
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
