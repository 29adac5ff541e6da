import Wire

/// One connection: the requests read so far, and how it ended.
struct Session {
    private(set) var requests: [String] = []
    /// How the connection ended, once it did.
    private var end: String?

    private var buffer: [UInt8] = []
    private var parser = RequestHeadParser()
    private var body: Body?

    /// Where the reading of a body stands, and what it held.
    private struct Body {
        var remaining: Int?
        var decoder = ChunkedDecoder()
        var data: [UInt8] = []
        var head: String
        var keepsAlive: Bool
    }

    /// Takes what has arrived, as far as it is understood.
    mutating func receive(_ bytes: some Sequence<UInt8>) {
        buffer += bytes
        while end == nil {
            if body == nil, !readHead() { return }
            if end == nil, !readBody() { return }
        }
    }

    var report: String {
        let isIdle = body == nil && buffer.isEmpty
        let end = end ?? (isIdle ? #""end":"idle""# : #""end":"incomplete""#)
        return #"{"requests":["# + requests.joined(separator: ",") + "]," + end + "}"
    }

    /// - Returns: false if more bytes are needed.
    private mutating func readHead() -> Bool {
        let bytes = buffer
        switch parser.parse(bytes.span) {
        case .incomplete:
            return false
        case .refused(let refusal):
            refuse(refusal)
        case .complete:
            let remaining: Int? =
                switch parser.head.framing {
                case .none: 0
                case .length(let length): length
                case .chunked: nil
                }
            body = Body(remaining: remaining, head: describeHead(), keepsAlive: parser.head.keepsAlive)
            buffer.removeFirst(parser.head.length)
            parser.reset()
        }
        return true
    }

    /// - Returns: false if more bytes are needed.
    private mutating func readBody() -> Bool {
        guard var body else { return true }
        if let remaining = body.remaining {
            let count = min(remaining, buffer.count)
            body.data += buffer[..<count]
            buffer.removeFirst(count)
            body.remaining = remaining - count
            self.body = body
            guard count == remaining else { return false }
        } else {
            let bytes = buffer
            var offset = 0
            decoding: while true {
                switch body.decoder.next(bytes.span, from: &offset) {
                case .data(let range):
                    body.data += bytes[range]
                case .needMore:
                    buffer.removeAll()
                    self.body = body
                    return false
                case .broken(let fault):
                    refuse(Refusal(fault))
                    return true
                case .end:
                    buffer.removeFirst(offset)
                    break decoding
                }
            }
        }
        requests.append("{" + body.head + #","body":""# + wire_probe.hex(body.data) + #""}"#)
        self.body = nil
        if !body.keepsAlive { end = #""end":"closed""# }
        return true
    }

    private mutating func refuse(_ refusal: Refusal) {
        end = #""end":"refused","status":\#(refusal.status),"reason":"\#(refusal.reason)""#
    }

    private func describeHead() -> String {
        let head = parser.head
        let fields = head.fields.map { #"["\#(hex($0.nameRange))","\#(hex($0.valueRange))"]"# }
        let query = head.queryRange.map { "\"\(hex($0))\"" } ?? "null"
        return #""method":"\#(hex(head.methodRange))","target":"\#(hex(head.targetRange))","path":"\#(hex(head.pathRange))","#
            + #""query":\#(query),"authority":"\#(hex(head.authorityRange))","version":\#(head.minorVersion),"#
            + #""fields":[\#(fields.joined(separator: ","))],"framing":"\#(head.framing)","keepsAlive":\#(head.keepsAlive),"#
            + #""expectsContinue":\#(head.expectsContinue)"#
    }

    private func hex(_ range: Range<Int>) -> String { wire_probe.hex(buffer[range]) }
}

/// Two digits a byte.
func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
