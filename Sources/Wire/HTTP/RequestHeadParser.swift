/// Parses one request head at a time, strictly: whatever two parsers could read in two ways is refused (RFC 9112 section 11.2).
///
/// The head is parsed a line at a time, as its lines become whole, so that drip-fed bytes are looked at once and a wrong
/// request is refused as early as it can be. The verdict does not depend on how the bytes were cut.
///
/// After `complete`, the bytes from `head.length` on belong to the body, or to the next request. The array behind
/// `head.fields` is reused by the next request unless a copy of the head is still held then.
public struct RequestHeadParser: Sendable {
    public enum Result: Hashable, Sendable {
        /// More bytes are needed.
        case incomplete
        /// `head` is whole and kept every rule.
        case complete
        /// The request is wrong. Answer with the status, then close: where the next request begins cannot be known.
        case refused(Refusal)
    }

    public let limits: HeadLimits
    /// The head; partly filled until `parse` says `complete`.
    public private(set) var head = RequestHead()

    private var stage = Stage.requestLine(emptyLines: 0)
    private var lines = HeadLines()
    private var rules = MessageRules()

    private enum Stage {
        case requestLine(emptyLines: Int)
        case fields
        case ended(Result)
    }

    public init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
    }

    /// Forgets the head, to begin with the next request's first byte.
    public mutating func reset() {
        head.removeAll()
        rules = MessageRules()
        stage = .requestLine(emptyLines: 0)
        lines = HeadLines()
    }

    /// Parses what has arrived so far.
    /// - Parameter bytes: everything from the head's first byte on, at least as much as at the last call. May go beyond the
    ///   head.
    /// - Returns: `complete` and `refused` are final until `reset()`.
    public mutating func parse(_ bytes: Span<UInt8>) -> Result {
        if case .ended(let result) = stage { return result }
        do throws(Refusal) {
            while let line = try nextLine(bytes) {
                if try take(line, of: bytes) {
                    stage = .ended(.complete)
                    return .complete
                }
            }
            return .incomplete
        } catch {
            stage = .ended(.refused(error))
            return .refused(error)
        }
    }

    private mutating func nextLine(_ bytes: Span<UInt8>) throws(Refusal) -> Range<Int>? {
        do throws(HeadLines.Fault) {
            return try lines.next(bytes, before: lineLimit)
        } catch {
            if case .requestLine = stage, error == .tooLong { throw .targetTooLong }
            throw Refusal(error)
        }
    }

    /// Before which byte the line must have ended, line end included.
    private var lineLimit: Int {
        guard case .requestLine = stage else { return limits.head }
        let room = limits.head - lines.start - RequestLine.mostAroundTarget
        return limits.target < room ? lines.start + limits.target + RequestLine.mostAroundTarget : limits.head
    }

    /// - Returns: true if the line was the one that ends the head.
    private mutating func take(_ line: Range<Int>, of bytes: Span<UInt8>) throws(Refusal) -> Bool {
        switch stage {
        case .requestLine(let emptyLines):
            if line.isEmpty {
                guard emptyLines < 2 else { throw .tooManyEmptyLines }
                stage = .requestLine(emptyLines: emptyLines + 1)
            } else {
                try RequestLine.parse(line, of: bytes, maxTarget: limits.target, into: &head)
                stage = .fields
            }
            return false
        case .fields where line.isEmpty:
            try rules.conclude(into: &head)
            head.length = lines.start
            return true
        case .fields:
            guard head.fields.count < limits.fields else { throw .tooManyFields }
            let field = try Self.field(line, of: bytes)
            try rules.take(field, of: bytes)
            head.fields.append(field)
            return false
        case .ended:
            return true
        }
    }

    private static func field(_ line: Range<Int>, of bytes: Span<UInt8>) throws(Refusal) -> FieldLine {
        do throws(HeadLines.Fault) { return try FieldLine(line, of: bytes) } catch { throw Refusal(error) }
    }
}
