import Wire

/// One connection on which the response to one request arrives, and how that ended.
///
/// The mode says what goes on around the bytes: its bit 0 is set after a HEAD, bit 1 if the connection closes behind the bytes,
/// bit 2 if it does so without a proper end.
struct ResponseSession {
    private let isHead: Bool
    /// Whether the connection closes, and whether cleanly.
    private let closes: Bool?

    private var buffer: [UInt8] = []
    private var parser = ResponseHeadParser()
    private var decoder: ResponseBodyDecoder?
    private var interim: [String] = []
    private var head = ""
    private var body: [UInt8] = []
    /// How the response ended, once it did.
    private var end: String?

    init(mode: UInt8) {
        isHead = mode & 1 != 0
        closes = mode & 2 == 0 ? nil : mode & 4 == 0
    }

    /// Takes what has arrived, as far as it is understood.
    mutating func receive(_ bytes: some Sequence<UInt8>) {
        buffer += bytes
        while decoder == nil {
            guard end == nil, readHead() else { return }
        }
        readBody()
    }

    mutating func close() {
        guard let closes, end == nil else { return }
        switch decoder?.closed(cleanly: closes) ?? .broken(.incomplete) {
        case .broken(let fault): fail(fault)
        default: end = #""end":"complete""#
        }
    }

    var report: String {
        let left = decoder != nil && end?.contains("complete") == true ? buffer.count : 0
        return #"{"interim":[\#(interim.joined(separator: ","))],"head":{\#(head)},"body":"\#(hex(body))","left":\#(left),"#
            + (end ?? #""end":"waiting""#) + "}"
    }

    /// - Returns: false if more bytes are needed, or no more can help.
    private mutating func readHead() -> Bool {
        let bytes = buffer
        switch parser.parse(bytes.span, toHead: isHead) {
        case .incomplete:
            return false
        case .broken(let fault):
            fail(fault)
            return false
        case .interim:
            interim.append("\(parser.head.status)")
            buffer.removeFirst(parser.head.length)
            parser.continueAfterInterim()
        case .complete:
            head = describeHead()
            decoder = ResponseBodyDecoder(parser.head.framing)
            buffer.removeFirst(parser.head.length)
        }
        return true
    }

    private mutating func readBody() {
        guard end == nil else { return }
        let bytes = buffer
        var offset = 0
        decoding: while let event = decoder?.next(bytes.span, from: &offset) {
            switch event {
            case .data(let range): body += bytes[range]
            case .needMore: break decoding
            case .broken(let fault):
                fail(fault)
                break decoding
            case .end:
                end = #""end":"complete""#
                break decoding
            }
        }
        buffer.removeFirst(offset)
    }

    private mutating func fail(_ fault: ResponseFault) {
        end = #""end":"broken","kind":"\#(fault.kind.proxyStatusError)","reason":"\#(fault.reason)""#
    }

    private func describeHead() -> String {
        let head = parser.head
        let fields = head.fields.map { #"["\#(hex(buffer[$0.nameRange]))","\#(hex(buffer[$0.valueRange]))"]"# }
        let timeout = head.keepAliveTimeout.map { "\($0)" } ?? "null"
        return #""status":\#(head.status),"version":\#(head.minorVersion),"reason":"\#(hex(buffer[head.reasonRange]))","#
            + #""fields":[\#(fields.joined(separator: ","))],"framing":"\#(head.framing)","keepsAlive":\#(head.keepsAlive),"#
            + #""keepAliveTimeout":\#(timeout)"#
    }
}
