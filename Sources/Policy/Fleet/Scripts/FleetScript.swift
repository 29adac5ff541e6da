import COpenSSL

/// A Lua script that runs in the store, where it is one atomic step. All keys of a call are in one hash slot.
///
/// Conventions of the scripts:
/// - Times and durations are whole microseconds. They exceed what Lua formats exactly by default, so every number is written with `int`.
/// - Each hash keeps its own clock: the machine's time plus the amount by which it has been set back (`skew`), so that
///   times in the hash remain valid when the machine's clock is changed.
/// - Each reply is an array: a word, the time, and the word's arguments.
/// - Keys live for a week after their last use.
public struct FleetScript: Hashable, Sendable {
    public let name: String
    public let source: String
    /// SHA-1 of the source in hexadecimal: its name in the store's cache.
    public let digest: String

    init(_ name: String, _ body: String) {
        self.name = name
        source = Self.prelude + body
        digest = Self.sha1(source)
    }

    /// All scripts that members run.
    public static let all: [FleetScript] = [token, publish, fail, budget, lease, rate, pause, members]

    private static let prelude = """
        local function int(n) return string.format('%.0f', n) end
        local function clock(key)
            local t = redis.call('TIME')
            local wall = t[1] * 1000000 + t[2]
            local kept = redis.call('HMGET', key, 'last', 'skew')
            local last, skew = tonumber(kept[1] or 0), tonumber(kept[2] or 0)
            if wall + skew < last then skew = last - wall end
            local now = wall + skew
            redis.call('HSET', key, 'last', int(now), 'skew', int(skew))
            redis.call('PEXPIRE', key, 604800000)
            return now, last
        end

        """

    private static func sha1(_ text: String) -> String {
        var digest = [UInt8](repeating: 0, count: 20)
        var length: UInt32 = 0
        let bytes = Array(text.utf8)
        guard unsafe EVP_Digest(bytes, bytes.count, &digest, &length, EVP_sha1(), nil) == 1, length == 20 else { return "" }
        return digest.hexadecimal
    }
}

/// One run of a script.
public struct ScriptCall: Hashable, Sendable {
    public var script: FleetScript
    public var keys: [String]
    public var arguments: [[UInt8]]

    public init(_ script: FleetScript, keys: [String], _ arguments: [String]) {
        self.init(script, keys: keys, bytes: arguments.map { Array($0.utf8) })
    }

    public init(_ script: FleetScript, keys: [String], bytes arguments: [[UInt8]]) {
        self.script = script
        self.keys = keys
        self.arguments = arguments
    }

    /// The command.
    /// - Parameter whole: sends the script's text instead of its digest, after the store has reported an unknown digest.
    public func command(whole: Bool = false) -> [UInt8] {
        let head = whole ? ["EVAL", script.source] : ["EVALSHA", script.digest]
        var out: [UInt8] = []
        StoreCommand.append((head + ["\(keys.count)"] + keys).map { Array($0.utf8) } + arguments, to: &out)
        return out
    }
}

/// A parsed script reply: its first word, the time, and the rest.
struct ScriptReply {
    let word: String
    let time: StoreTime
    private let rest: ArraySlice<RESPValue>

    init?(_ value: RESPValue) {
        guard case .array(let parts) = value, parts.count >= 2, case .bulk(let word) = parts[0],
            case .integer(let time) = parts[1]
        else { return nil }
        self.word = String(decoding: word, as: UTF8.self)
        self.time = StoreTime(microseconds: time)
        rest = parts.dropFirst(2)
    }

    private func part(_ index: Int) -> RESPValue? {
        let place = rest.startIndex + index
        return place < rest.endIndex ? rest[place] : nil
    }

    func integer(_ index: Int) -> Int64? {
        guard case .integer(let value) = part(index) else { return nil }
        return value
    }

    /// A number of slots, starts or members; nil beyond what may be configured, so that sums of them do not overflow.
    func count(_ index: Int) -> Int? { integer(index).flatMap { (0...1_000_000).contains($0) ? Int($0) : nil } }

    func time(_ index: Int) -> StoreTime? { integer(index).map(StoreTime.init(microseconds:)) }

    func duration(_ index: Int) -> Duration? { integer(index).map { .microseconds($0) } }

    func bytes(_ index: Int) -> [UInt8]? {
        guard case .bulk(let bytes) = part(index) else { return nil }
        return bytes
    }

    func text(_ index: Int) -> String? { bytes(index).map { String(decoding: $0, as: UTF8.self) } }
}
