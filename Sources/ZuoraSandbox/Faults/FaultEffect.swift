/// What a fault does to one call.
public struct FaultEffect: Hashable, Sendable {
    /// Whether Zuora performs the operation, regardless of the response.
    public var acts = true
    /// A response instead of Zuora's.
    public var response: FaultResponse?
    /// The form of a token response.
    public var tokenResponse: TokenResponse?
    public var gzip: GzipDamage?
    /// Fields added to the response.
    public var fields: [Field] = []
    public var delay: Duration = .zero
    public var bodyDelay: Duration = .zero
    public var bytesPerSecond: Int?
    public var pieceSize: Int?
    public var framing: Delivery.Framing?
    public var ending: Delivery.Ending?
    /// The connection breaks in the middle of the body.
    public var breaksInBody: BodyBreak?
    public var interim: Int?
    public var closes = false

    /// How a connection breaks in the middle of a body.
    public enum BodyBreak: Hashable, Sendable { case close, reset, hold }

    public init() {}

    /// Changes how the reply is delivered.
    /// - Parameter bodyCount: bytes of the body, before it is compressed if that happens while it is sent.
    func apply(to delivery: inout Delivery, bodyCount: Int) {
        delivery.delay += delay
        delivery.bodyDelay += bodyDelay
        if let bytesPerSecond { delivery.drip(bytesPerSecond: bytesPerSecond) }
        if let pieceSize { delivery.pieceSize = pieceSize }
        if let framing { delivery.framing = framing }
        if let ending { delivery.ending = ending }
        if breaksInBody != nil { delivery.countsPlain = delivery.compresses }
        switch breaksInBody {
        case .close: delivery.ending = .closeAfter(bodyCount / 2)
        case .reset: delivery.ending = .resetAfter(bodyCount / 2)
        case .hold: delivery.ending = .holdAfter(bodyCount / 2)
        case nil: break
        }
        if let interim { delivery.interim = interim }
        if closes { delivery.closes = true }
    }
}

extension FaultEffect {
    /// Reads effects by name, several of them joined by `+`: `slow-2s+503`, `reset-after-send`.
    ///
    /// A response that replaces Zuora's, and a connection that breaks before any response, happen instead of the operation;
    /// with `-after-send` they happen after it.
    /// - Returns: nil if a name is unknown.
    public init?(named text: some StringProtocol) {
        let names = text.split(separator: "+", omittingEmptySubsequences: false)
        guard !names.isEmpty else { return nil }
        for name in names {
            guard add(String(name)) else { return nil }
        }
    }

    private mutating func add(_ name: String) -> Bool {
        let suffix = "-after-send"
        if name.hasSuffix(suffix) {
            let acted = acts
            guard add(String(name.dropLast(suffix.utf8.count))) else { return false }
            acts = acted
            return true
        }
        switch name {
        case "reset": breakBeforeResponse(.resetWithoutResponse)
        case "close": breakBeforeResponse(.closeWithoutResponse)
        case "hold": breakBeforeResponse(.hold)
        case "reset-after-head": ending = .resetAfter(0)
        case "close-after-head": ending = .closeAfter(0)
        case "reset-in-body": breaksInBody = .reset
        case "truncate": breaksInBody = .close
        case "hold-in-body": breaksInBody = .hold
        case "close-delimited":
            framing = .close
            closes = true
        case "content-length": framing = .length
        case "goodbye": closes = true
        case "leaky-fields":
            fields += [
                Field("Set-Cookie", "ZSession=sandbox; Path=/; Secure"), Field("WWW-Authenticate", "Bearer realm=\"zuora\""),
                Field("Keep-Alive", "timeout=5"), Field("Connection", "X-Hop"), Field("X-Hop", "for this connection only"),
                Field("Proxy-Authenticate", "Basic"),
            ]
        default: return addMeasured(name) || addResponse(name)
        }
        return true
    }

    private mutating func breakBeforeResponse(_ ending: Delivery.Ending) {
        self.ending = ending
        acts = false
    }

    /// Names that end with a quantity.
    private mutating func addMeasured(_ name: String) -> Bool {
        func measure(_ prefix: String) -> Substring? { name.hasPrefix(prefix) ? name.dropFirst(prefix.utf8.count) : nil }
        if let text = measure("slow-body-") {
            guard let duration = Duration(unitText: text) else { return false }
            bodyDelay = duration
        } else if let text = measure("slow-") {
            guard let duration = Duration(unitText: text) else { return false }
            delay = duration
        } else if let rate = measure("drip-").flatMap(byteSize), rate > 0 {
            bytesPerSecond = rate
        } else if let size = measure("split-").flatMap(byteSize), size > 0 {
            pieceSize = size
        } else if let size = measure("truncate-").flatMap(byteSize) {
            ending = .closeAfter(size)
        } else if let size = measure("reset-at-").flatMap(byteSize) {
            ending = .resetAfter(size)
        } else if let status = measure("interim-").flatMap({ Int($0) }), (100...199).contains(status), status != 101 {
            interim = status
        } else if let form = measure("token-").flatMap({ TokenResponse(rawValue: String($0)) }) {
            tokenResponse = form
        } else {
            return false
        }
        return true
    }

    private mutating func addResponse(_ name: String) -> Bool {
        if let damage = GzipDamage(rawValue: name) {
            gzip = damage
            return true
        }
        guard let response = FaultResponse(named: name) else { return false }
        self.response = response
        acts = false
        return true
    }
}

/// An id that requests a fault: `fault-503-twice`, `fault-get-truncate`, `fault-all-slow-2s`, `fault-reset-after-send.17`.
///
/// For a job the fault applies to cancels; with `get-` to reads, with `all-` to both. For a file it applies to downloads.
struct FaultName: Hashable {
    /// Which calls it applies to.
    var reach: Reach
    var effect: FaultEffect
    /// How many calls, counted for each id; nil is all of them.
    var times: Int?
    /// The effect as written.
    var name: String

    enum Reach { case cancel, get, all }

    private static let counts: [(word: String, count: Int)] = [("-once", 1), ("-twice", 2), ("-thrice", 3)]

    init?(id: String) {
        let name = id.prefix { $0 != "." }
        guard name.hasPrefix("fault-") else { return nil }
        var rest = name.dropFirst(6)
        reach = .cancel
        if rest.hasPrefix("get-") {
            reach = .get
            rest = rest.dropFirst(4)
        } else if rest.hasPrefix("all-") {
            reach = .all
            rest = rest.dropFirst(4)
        }
        var effect = FaultEffect(named: rest)
        // The name of an effect may end like a number of times: `gzip-twice`.
        if effect == nil, let (word, count) = Self.counts.first(where: { rest.hasSuffix($0.word) }) {
            times = count
            rest = rest.dropLast(word.utf8.count)
            effect = FaultEffect(named: rest)
        }
        guard let effect else { return nil }
        self.effect = effect
        self.name = String(rest)
    }

    /// Whether it applies to a call with this method.
    func strikes(method: String, isFile: Bool) -> Bool {
        switch reach {
        case .all: true
        case .get: method == "GET"
        case .cancel: isFile ? method == "GET" : method == "DELETE"
        }
    }
}
