extension FaultEffect {
    /// Reads effects by name, several of them joined by `+`: `slow-2s+503`, `reset-after-send`.
    ///
    /// An answer that replaces Zuora's, and a connection that breaks before any answer, happen instead of what was asked for;
    /// with `-after-send` they happen after it.
    /// - Returns: nil if a name is none.
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
        case "reset": breakBeforeAnswer(.resetWithoutAnswer)
        case "close": breakBeforeAnswer(.closeWithoutAnswer)
        case "hold": breakBeforeAnswer(.hold)
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
        default: return addMeasured(name) || addAnswer(name)
        }
        return true
    }

    private mutating func breakBeforeAnswer(_ ending: Delivery.Ending) {
        self.ending = ending
        acts = false
    }

    /// Names that end in a measure.
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
        } else if let form = measure("token-").flatMap({ TokenAnswer(rawValue: String($0)) }) {
            tokenAnswer = form
        } else {
            return false
        }
        return true
    }

    private mutating func addAnswer(_ name: String) -> Bool {
        if let damage = GzipDamage(rawValue: name) {
            gzip = damage
            return true
        }
        guard let answer = FaultAnswer(named: name) else { return false }
        self.answer = answer
        acts = false
        return true
    }
}
