/// A member's request to the store for a credential's token (TOKEN).
public struct TokenQuestion: Hashable, Sendable {
    /// Chosen at random when the process starts.
    public var member: String
    /// The generation that the member has; nil if none.
    public var known: Int64?
    /// Whether the API has rejected that one.
    public var rejected: Bool
    /// Whether a request waits for the token.
    public var isAwaited: Bool

    public init(member: String, known: Int64?, rejected: Bool, isAwaited: Bool) {
        self.member = member
        self.known = known
        self.rejected = rejected
        self.isAwaited = isAwaited
    }

    /// - Parameter key: `TokenSeal.name`.
    public func call(_ key: String) -> ScriptCall {
        let known = known.map(String.init) ?? ""
        return ScriptCall(
            .token, keys: [key],
            [
                member, known, rejected ? known : "", isAwaited ? "wait" : "ahead", "\(SharedFetch.lockTime.microseconds)",
            ])
    }

    public enum Reply: Hashable, Sendable {
        case token(StoreTime, TokenRecordFacts, sealed: [UInt8])
        /// Make the call. `isAwaited`: a request of some member waits for it.
        case fetch(StoreTime, fence: Int64, isAwaited: Bool)
        /// Another member makes the call.
        case wait(StoreTime, lockEnd: StoreTime)
        /// No member may call before `until`.
        case hold(StoreTime, until: StoreTime, kind: String)

        /// - Returns: nil if it is not a reply of TOKEN.
        public init?(_ value: RESPValue) {
            guard let reply = ScriptReply(value) else { return nil }
            switch reply.word {
            case "token":
                guard let generation = reply.integer(0), let expiry = reply.time(1), let refresh = reply.time(2),
                    let sealed = reply.bytes(3)
                else { return nil }
                let facts = TokenRecordFacts(generation: generation, expiry: expiry, refresh: refresh)
                self = .token(reply.time, facts, sealed: sealed)
            case "fetch":
                guard let fence = reply.integer(0), let isAwaited = reply.integer(1) else { return nil }
                self = .fetch(reply.time, fence: fence, isAwaited: isAwaited != 0)
            case "wait":
                guard let end = reply.time(0) else { return nil }
                self = .wait(reply.time, lockEnd: end)
            case "hold":
                guard let until = reply.time(0), let kind = reply.text(1) else { return nil }
                self = .hold(reply.time, until: until, kind: kind)
            default: return nil
            }
        }
    }
}

extension TokenRecordFacts {
    public func publication(_ key: String, sealed: [UInt8]) -> ScriptCall {
        let numbers = [generation, expiry.microseconds, refresh.microseconds].map { Array("\($0)".utf8) }
        return ScriptCall(.publish, keys: [key], bytes: numbers + [sealed])
    }

    public static func failure(_ key: String, fence: Int64, delay: Duration, kind: String) -> ScriptCall {
        ScriptCall(.fail, keys: [key], ["\(fence)", "\(max(delay.microseconds, 0))", kind])
    }
}

/// The token calls of all members behind one address (BUDGET): Zuora allows 100 a minute.
public struct TokenTurn: Hashable, Sendable {
    /// 78 a minute and 20 at once: at most 98 within any 60 s.
    public static let interval = Duration.microseconds(769_231)
    public static let burst = 20
    /// How long in advance a call may be reserved: well within the lock that is held meanwhile.
    public static let patience = Duration.seconds(5)

    public let time: StoreTime
    /// Whether to call at `at`; if not, ask again then.
    public let isGranted: Bool
    public let at: StoreTime

    /// - Returns: nil if it is not a reply of BUDGET.
    public init?(_ value: RESPValue) {
        guard let reply = ScriptReply(value), reply.word == "go" || reply.word == "later", let at = reply.time(0) else {
            return nil
        }
        time = reply.time
        isGranted = reply.word == "go"
        self.at = at
    }

    /// - Parameters:
    ///   - key: `FleetKeys.egress`.
    ///   - isAwaited: whether a request waits for the token.
    public static func call(_ key: String, isAwaited: Bool) -> ScriptCall {
        ScriptCall(
            .budget, keys: [key],
            [isAwaited ? "wait" : "ahead", "\(interval.microseconds)", "\(burst)", "\(patience.microseconds)"])
    }
}
