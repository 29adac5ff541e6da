import Wire

@testable import Policy

struct ExchangeComplaint: Error {
    var text: String
}

func hold(_ condition: Bool, _ text: @autoclosure () -> String) throws(ExchangeComplaint) {
    if !condition { throw ExchangeComplaint(text: text()) }
}

enum Arrival<Value> {
    case whole(Value)
    case broken(AttemptFailure)
}

/// A response whose head kept the rules.
struct Received {
    var status: Int
    var head: [UInt8]
    var fields: [FieldLine]
    var facts: ResponseFacts
    /// As it was sent.
    var content: Arrival<[UInt8]>
    /// Without its coding.
    var decoded: [UInt8]?
}

/// What the upstream sends, one after the other: for each delivery a byte for how it ended, one for how long it took, and the bytes of a
/// response, up to a line `%%`.
struct Deliveries {
    private static let causes = AttemptFailure.Cause.allCases
    private static let times: [Duration] = [
        .zero, .milliseconds(1), .milliseconds(700), .seconds(2), .seconds(61), .seconds(3000), .seconds(86_400),
        .seconds(40 * 86_400),
    ]
    private var rest: ArraySlice<UInt8>
    private var parser = ResponseHeadParser()

    init(_ input: ArraySlice<UInt8>) { rest = input }

    var isEmpty: Bool { rest.isEmpty }

    /// The next one, and how long it took.
    /// - Parameter wall: the time of day.
    mutating func next(_ wall: WallTime) throws(ExchangeComplaint) -> (Arrival<Received>, Duration) {
        var end = rest.startIndex
        while end < rest.endIndex, !rest[end...].starts(with: [0x0A, 0x25, 0x25, 0x0A]) { end += 1 }
        let part = rest[..<end]
        rest = rest[end...].dropFirst(4)
        let time = Self.times[Int(part.dropFirst().first ?? 0) & 7]
        return (try receive(Array(part.dropFirst(2)), mode: part.first ?? 0, wall), time)
    }

    private mutating func receive(
        _ bytes: [UInt8], mode: UInt8, _ wall: WallTime
    ) throws(ExchangeComplaint) -> Arrival<Received> {
        let isReused = mode & 4 != 0
        if mode & 8 != 0 {
            let cause = Self.causes[Int(mode >> 4) % Self.causes.count]
            return .broken(AttemptFailure(cause, requestSent: mode & 1 == 0, connectionReused: isReused))
        }
        func broken<Value>(_ cause: AttemptFailure.Cause) -> Arrival<Value> {
            .broken(AttemptFailure(cause, requestSent: true, connectionReused: isReused, responseBegan: !bytes.isEmpty))
        }
        parser.reset()
        var offset = 0
        heads: while true {
            switch parser.parse(bytes.span.extracting(offset..<bytes.count), toHead: false) {
            case .incomplete: return broken(bytes.isEmpty ? .reset : .incomplete)
            case .broken: return broken(.protocolError)
            case .interim:
                offset += parser.head.length
                parser.continueAfterInterim()
            case .complete: break heads
            }
        }
        let parsed = parser.head
        let head = Array(bytes[offset..<offset + parsed.length])
        let facts = ResponseFacts(parsed.fields, head.span, contentLength: parsed.contentLength, now: wall)
        try hold(.zero...RetryAfter.longest ~= facts.retryAfter ?? .zero, "an odd Retry-After")
        offset += parsed.length
        var decoder = ResponseBodyDecoder(parsed.framing)
        var content: [UInt8] = []
        var result: Arrival<[UInt8]>?
        while result == nil {
            switch decoder.next(bytes.span, from: &offset) {
            case .data(let range): content += bytes[range]
            case .end: result = .whole(content)
            case .broken: result = broken(.protocolError)
            case .needMore:
                result = decoder.closed(cleanly: mode & 2 == 0) == .end ? .whole(content) : broken(.incomplete)
            }
        }
        return .whole(
            Received(
                status: parsed.status, head: head, fields: parsed.fields, facts: facts, content: result ?? broken(.incomplete)))
    }
}
