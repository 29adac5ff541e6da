import Testing

@testable import Wire

/// What the response half makes of the bytes of a connection, however they are cut: heads, then the body, then what is left.
struct Received: Equatable {
    enum End: Equatable { case waiting, complete, broken(ResponseFault) }

    /// The statuses of the interim responses.
    var interim: [Int] = []
    var status = 0
    var minorVersion: UInt8 = 1
    var reason = ""
    var fields: [String] = []
    var framing: ResponseFraming?
    var keepsAlive = false
    var keepAliveTimeout: Int?
    var body: [UInt8] = []
    /// Bytes behind the response.
    var rest: [UInt8] = []
    var end = End.waiting

    /// Receives the bytes whole, then with a cut at every offset, then a byte at a time, and records an issue where the outcome
    /// differs.
    /// - Parameter closed: how the connection closes behind them, if it does: cleanly or not.
    init(
        _ bytes: [UInt8], toHead isHead: Bool = false, closed: Bool? = nil,
        limits: ResponseHeadParser.Limits = ResponseHeadParser.Limits(), sourceLocation: SourceLocation = #_sourceLocation
    ) {
        self.init(pieces: [bytes[...]], toHead: isHead, closed: closed, limits: limits)
        for cut in 0...bytes.count {
            let pieces = [bytes[..<cut], bytes[cut...]]
            let other = Received(pieces: pieces, toHead: isHead, closed: closed, limits: limits)
            #expect(other == self, "cut at \(cut)", sourceLocation: sourceLocation)
        }
        let dripped = Received(pieces: bytes.indices.map { bytes[$0...$0] }, toHead: isHead, closed: closed, limits: limits)
        #expect(dripped == self, "a byte at a time", sourceLocation: sourceLocation)
    }

    init(
        _ text: String, toHead isHead: Bool = false, closed: Bool? = nil,
        limits: ResponseHeadParser.Limits = ResponseHeadParser.Limits(), sourceLocation: SourceLocation = #_sourceLocation
    ) {
        self.init(Array(text.utf8), toHead: isHead, closed: closed, limits: limits, sourceLocation: sourceLocation)
    }

    /// A 200 with these field lines, `\r\n` between them, and what follows.
    static func fields(
        _ lines: String, then body: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) -> Received {
        Received("HTTP/1.1 200 OK\r\n\(lines)\r\n\r\n\(body)", sourceLocation: sourceLocation)
    }

    init(pieces: [ArraySlice<UInt8>], toHead isHead: Bool, closed: Bool?, limits: ResponseHeadParser.Limits) {
        var parser = ResponseHeadParser(limits: limits)
        var decoder: ResponseBodyDecoder?
        var buffer: [UInt8] = []
        for piece in pieces {
            buffer += piece
            if case .broken = end { return }
            while decoder == nil {
                switch parser.parse(buffer.span, toHead: isHead) {
                case .incomplete: break
                case .interim:
                    interim.append(parser.head.status)
                    buffer.removeFirst(parser.head.length)
                    parser.continueAfterInterim()
                    continue
                case .complete:
                    take(parser.head, of: buffer)
                    buffer.removeFirst(parser.head.length)
                    decoder = ResponseBodyDecoder(parser.head.framing)
                case .broken(let fault):
                    end = .broken(fault)
                    return
                }
                break
            }
            guard decoder != nil, end == .waiting else { continue }
            var offset = 0
            decoding: while true {
                switch decoder?.next(buffer.span, from: &offset) {
                case .data(let range): body += buffer[range]
                case .end:
                    end = .complete
                    break decoding
                case .broken(let fault):
                    end = .broken(fault)
                    return
                case .needMore, nil: break decoding
                }
            }
            buffer.removeFirst(offset)
        }
        rest = decoder == nil ? [] : buffer
        guard let closed, end == .waiting else { return }
        guard decoder != nil else {
            end = .broken(.incomplete)
            return
        }
        switch decoder?.closed(cleanly: closed) {
        case .end: end = .complete
        case .broken(let fault): end = .broken(fault)
        default: Issue.record("a close must end the body")
        }
    }

    private mutating func take(_ head: ResponseHead, of bytes: [UInt8]) {
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        status = head.status
        minorVersion = head.minorVersion
        reason = text(head.reasonRange)
        fields = head.fields.map { text($0.nameRange) + "=" + text($0.valueRange) }
        framing = head.framing
        keepsAlive = head.keepsAlive
        keepAliveTimeout = head.keepAliveTimeout
    }

    var fault: ResponseFault? { if case .broken(let fault) = end { fault } else { nil } }
    var text: String { String(decoding: body, as: UTF8.self) }
}
