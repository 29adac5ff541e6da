import Wire

/// The members of a JSON response that the verdict depends on, as positions in the body.
struct ResponseMembers {
    /// `errorCode`, or `data.errorCode`.
    var errorCode: Scalar?
    /// `code` or `Code` at the top level.
    var code: Scalar?
    var message: JSONSlice?
    /// `success` or `Success`.
    var success: Bool?
    /// The first of `reasons`.
    var reason: Reason?
    /// The first of `Errors`.
    var proxyError: Reason?
    /// `error`, as in Spring's format.
    var error: JSONSlice?
    /// `status`: a job's state as a word, or an HTTP status as a number.
    var status: Scalar?
    /// `data.queryStatus`
    var queryStatus: JSONSlice?
    /// `id`, a job's.
    var id: Scalar?
    /// `data.id`, a data query's.
    var queryID: Scalar?
    /// Whether it has `batches`, which only a job has.
    var hasBatches = false
    /// Whether the body was read completely.
    var isWhole = false
    /// A decisive member occurs twice, with whatever value, which is ambiguous (RFC 8259 section 4).
    var isContradictory = false
    private var seen = Decisive()

    private struct Decisive: OptionSet {
        let rawValue: UInt16

        static let status = Decisive(rawValue: 1 << 0)
        static let errorCode = Decisive(rawValue: 1 << 1)
        static let code = Decisive(rawValue: 1 << 2)
        static let success = Decisive(rawValue: 1 << 3)
        static let reasons = Decisive(rawValue: 1 << 4)
        static let errors = Decisive(rawValue: 1 << 5)
        static let id = Decisive(rawValue: 1 << 6)
        static let data = Decisive(rawValue: 1 << 7)
        static let queryStatus = Decisive(rawValue: 1 << 8)
        static let queryError = Decisive(rawValue: 1 << 9)
        static let queryID = Decisive(rawValue: 1 << 10)
    }

    enum Scalar: Hashable {
        case string(JSONSlice)
        case number(Range<Int>)
    }

    struct Reason: Hashable {
        var code: Scalar?
        var message: JSONSlice?
    }

    /// Reads as far as the text is valid.
    init(_ scanner: inout JSONScanner) {
        do throws(JSONError) {
            guard case .beginObject = try scanner.next() else { return }
            while case .key(let key) = try scanner.next() { try readMember(key, &scanner) }
            isWhole = try scanner.next() == nil
        } catch {
            isWhole = false
        }
    }

    private mutating func readMember(_ key: JSONSlice, _ scanner: inout JSONScanner) throws(JSONError) {
        if scanner.matches(key, "status") {
            note(.status)
            status = try Self.scalar(&scanner) ?? status
        } else if scanner.matches(key, "errorCode") {
            note(.errorCode)
            set(errorCode: try Self.code(&scanner))
        } else if scanner.matches(key, "code") || scanner.matches(key, "Code") {
            note(.code)
            code = try Self.code(&scanner) ?? code
        } else if scanner.matches(key, "message") || scanner.matches(key, "Message") {
            message = try Self.string(&scanner) ?? message
        } else if scanner.matches(key, "success") || scanner.matches(key, "Success") {
            note(.success)
            success = try Self.bool(&scanner) ?? success
        } else if scanner.matches(key, "error") {
            error = try Self.string(&scanner) ?? error
        } else if scanner.matches(key, "reasons") {
            note(.reasons)
            reason = try Self.firstReason(&scanner) ?? reason
        } else if scanner.matches(key, "Errors") {
            note(.errors)
            proxyError = try Self.firstReason(&scanner) ?? proxyError
        } else if scanner.matches(key, "id") {
            note(.id)
            id = try Self.scalar(&scanner) ?? id
        } else if scanner.matches(key, "data") {
            note(.data)
            try readData(&scanner)
        } else {
            if scanner.matches(key, "batches") { hasBatches = true }
            try scanner.skipValue()
        }
    }

    private mutating func note(_ member: Decisive) {
        if !seen.insert(member).inserted { isContradictory = true }
    }

    /// Two objects may have it, but only one of them a value.
    private mutating func set(errorCode value: Scalar?) {
        guard let value else { return }
        if errorCode != nil { isContradictory = true }
        errorCode = value
    }

    /// `data` of a data query.
    private mutating func readData(_ scanner: inout JSONScanner) throws(JSONError) {
        let level = scanner.depth
        guard case .beginObject = try scanner.next() else { return try Self.leave(level, &scanner) }
        while case .key(let key) = try scanner.next() {
            if scanner.matches(key, "queryStatus") {
                note(.queryStatus)
                queryStatus = try Self.string(&scanner) ?? queryStatus
            } else if scanner.matches(key, "errorCode") {
                note(.queryError)
                set(errorCode: try Self.code(&scanner))
            } else if scanner.matches(key, "id") {
                note(.queryID)
                queryID = try Self.scalar(&scanner) ?? queryID
            } else if scanner.matches(key, "errorMessage") {
                message = try Self.string(&scanner) ?? message
            } else {
                try scanner.skipValue()
            }
        }
    }

    /// Code and message of the first object in an array.
    private static func firstReason(_ scanner: inout JSONScanner) throws(JSONError) -> Reason? {
        let level = scanner.depth
        guard case .beginArray = try scanner.next(), case .beginObject = try scanner.next() else {
            try leave(level, &scanner)
            return nil
        }
        var reason = Reason()
        while case .key(let key) = try scanner.next() {
            if scanner.matches(key, "code") || scanner.matches(key, "Code") {
                reason.code = try scalar(&scanner) ?? reason.code
            } else if scanner.matches(key, "message") || scanner.matches(key, "Message") {
                reason.message = try string(&scanner) ?? reason.message
            } else {
                try scanner.skipValue()
            }
        }
        try leave(level, &scanner)
        return reason
    }

    /// A string or number; anything else is skipped and counts as absent.
    private static func scalar(_ scanner: inout JSONScanner) throws(JSONError) -> Scalar? {
        let level = scanner.depth
        switch try scanner.next() {
        case .string(let slice): return .string(slice)
        case .number(let range): return .number(range)
        default:
            try leave(level, &scanner)
            return nil
        }
    }

    /// A code of an error. An empty one, 0 and a status of success are none.
    private static func code(_ scanner: inout JSONScanner) throws(JSONError) -> Scalar? {
        guard let value = try scalar(&scanner) else { return nil }
        if case .string(let slice) = value, slice.range.isEmpty { return nil }
        guard let number = OutcomeReader.number(value, scanner) else { return value }
        return number == 0 || OutcomeReader.isSuccess(number) ? nil : value
    }

    private static func string(_ scanner: inout JSONScanner) throws(JSONError) -> JSONSlice? {
        if case .string(let slice) = try scalar(&scanner) { slice } else { nil }
    }

    private static func bool(_ scanner: inout JSONScanner) throws(JSONError) -> Bool? {
        let level = scanner.depth
        if case .bool(let value) = try scanner.next() { return value }
        try leave(level, &scanner)
        return nil
    }

    /// Reads on until no more than `level` containers are open.
    private static func leave(_ level: Int, _ scanner: inout JSONScanner) throws(JSONError) {
        while scanner.depth > level { _ = try scanner.next() }
    }
}
