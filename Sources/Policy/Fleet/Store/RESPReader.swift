/// A reply of the store (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/).
public enum RESPValue: Hashable, Sendable {
    /// `+`: a short text without line breaks.
    case status([UInt8])
    /// `-`: a code in capitals, a space, and a message.
    case error([UInt8])
    case integer(Int64)
    case bulk([UInt8])
    case array([RESPValue])
    /// `$-1` and `*-1`.
    case null
}

/// Reads replies from the bytes of one connection, in whatever pieces they arrive.
///
///     line ──type and number──▶ bulk ──all its bytes and CRLF──▶ value
///       │                                                          │ last of its array: the array is the value
///       └──status, error, integer, null, empty array──▶ value ◀────┘
///
/// Bounded: a reply beyond `limit` bytes, nested deeper than `depth` or with more than `limit` bytes' worth of elements is an error,
/// before memory is allocated for it. After an error nothing more is read: the connection is unusable.
public struct RESPReader: Sendable {
    /// Why the bytes are not a valid reply.
    public enum Failure: Error, Hashable, Sendable {
        case unknownType(UInt8)
        /// A missing or out-of-range decimal number.
        case badNumber
        /// A line that does not end with CRLF, or a bulk string that is not followed by it.
        case badEnd
        case tooLarge
        case tooDeep
    }

    /// The maximum size of a reply, in bytes.
    public let limit: Int
    /// The maximum nesting of arrays.
    public let depth: Int

    private var buffer: [UInt8] = []
    /// The read position in the buffer.
    private var position = 0
    /// How far from `position` it holds neither CR nor LF.
    private var searched = 0
    /// The bytes of the current reply that have been read.
    private var size = 0
    /// The length of the current bulk string, once known.
    private var bulk: Int?
    /// The open arrays, outermost first, and the number of missing elements of each.
    private var open: [(elements: [RESPValue], missing: Int)] = []
    private var failure: Failure?

    public init(limit: Int = 1 << 20, depth: Int = 4) {
        self.limit = max(limit, 1)
        self.depth = max(depth, 0)
    }

    /// Appends received bytes.
    public mutating func receive(_ bytes: some Sequence<UInt8>) {
        guard failure == nil else { return }
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Whether all received bytes have been read.
    public var isIdle: Bool { failure == nil && position == buffer.count && open.isEmpty && bulk == nil }

    /// The next whole reply; nil while more bytes are needed.
    public mutating func next() throws(Failure) -> RESPValue? {
        if let failure { throw failure }
        do throws(Failure) {
            return try read()
        } catch {
            failure = error
            buffer = []
            position = 0
            open = []
            throw error
        }
    }

    private mutating func read() throws(Failure) -> RESPValue? {
        while true {
            guard var value = try element() else { return nil }
            if case .array(let elements) = value, let missing = pending {
                pending = nil
                open.append((elements, missing))
                continue
            }
            // The end of an array may also end the enclosing one.
            while true {
                guard var (elements, missing) = open.popLast() else {
                    size = 0
                    return value
                }
                elements.append(value)
                missing -= 1
                guard missing == 0 else {
                    open.append((elements, missing))
                    break
                }
                value = .array(elements)
            }
        }
    }

    /// How many elements follow the array whose head was just read.
    private var pending: Int?

    private static let types = Array("+-:$*".utf8)

    /// A value, or the head of an array that is not empty; nil while more bytes are needed.
    private mutating func element() throws(Failure) -> RESPValue? {
        if let length = bulk {
            guard buffer.count - position >= length + 2 else { return nil }
            let end = position + length
            guard buffer[end] == 0x0D, buffer[end + 1] == 0x0A else { throw .badEnd }
            let content = Array(buffer[position..<end])
            position = end + 2
            bulk = nil
            return .bulk(content)
        }
        // Invalid replies are rejected at their first byte, not at the end of the line.
        guard position < buffer.count else { return nil }
        let type = buffer[position]
        guard Self.types.contains(type) else { throw .unknownType(type) }
        guard let line = try line() else { return nil }
        let rest = line.dropFirst()
        switch type {
        case UInt8(ascii: "+"): return .status(Array(rest))
        case UInt8(ascii: "-"): return .error(Array(rest))
        case UInt8(ascii: ":"): return .integer(try number(rest))
        case UInt8(ascii: "$"):
            guard let length = try count(rest) else { return .null }
            guard length <= limit - size - 2 else { throw .tooLarge }
            size += length + 2
            bulk = length
            return try element()
        case UInt8(ascii: "*"):
            guard let count = try count(rest) else { return .null }
            guard open.count < depth else { throw .tooDeep }
            guard count > 0 else { return .array([]) }
            // No element is shorter than four bytes.
            guard count <= (limit - size) / 4 else { throw .tooLarge }
            pending = count
            return .array([])
        default: throw .unknownType(type)
        }
    }

    /// The next line without its end; nil while incomplete.
    private mutating func line() throws(Failure) -> ArraySlice<UInt8>? {
        let start = position + searched
        let found = buffer[start...].firstIndex { $0 == 0x0D || $0 == 0x0A }
        guard let end = found, end + 1 < buffer.count else {
            searched = (found ?? buffer.count) - position
            guard size + buffer.count - position <= limit else { throw .tooLarge }
            return nil
        }
        guard buffer[end] == 0x0D, buffer[end + 1] == 0x0A, end > position else { throw .badEnd }
        size += end + 2 - position
        guard size <= limit else { throw .tooLarge }
        let line = buffer[position..<end]
        position = end + 2
        searched = 0
        return line
    }

    private func number(_ text: ArraySlice<UInt8>) throws(Failure) -> Int64 {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? text.dropFirst() : text
        // As servers write it: no +, no leading zeros, no -0.
        guard let first = digits.first, first != 0x30 || text.count == 1 else { throw .badNumber }
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { throw .badNumber }
            let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let unit = Int64(digit - 0x30)
            let (sum, overflow) =
                isNegative ? tens.subtractingReportingOverflow(unit) : tens.addingReportingOverflow(unit)
            guard !tooLarge, !overflow else { throw .badNumber }
            value = sum
        }
        return value
    }

    /// A length or a number of elements; nil for -1.
    private func count(_ text: ArraySlice<UInt8>) throws(Failure) -> Int? {
        let value = try number(text)
        guard value >= -1 else { throw .badNumber }
        guard let count = Int(exactly: value) else { throw .tooLarge }
        return count < 0 ? nil : count
    }
}
