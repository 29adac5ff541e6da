import Wire

/// The interpreted response of a token endpoint (RFC 6749 section 5).
///
/// Strict where errors would propagate (token, lifetime), tolerant where servers differ (content type,
/// spelling of numbers, extra members). A response without a token is a failure, never an empty success.
public enum TokenResponse: Sendable {
    case token(TokenGrant)
    case failure(TokenFailure)

    /// A larger body need not be read completely.
    public static let bodyLimit = 64 << 10
    /// The maximum size of a token in bytes: servers would not accept a longer field line.
    public static let tokenLimit = 8 << 10
    /// The lifetime of a token without `expires_in`.
    public static let defaultLifetime: Duration = .seconds(300)
    /// A longer lifetime is rejected.
    public static let lifetimeLimit: Duration = .seconds(30 * 86400)

    /// Parses a response. The body, which may contain a token, is overwritten.
    /// - Parameters:
    ///   - contentType: the field's value, if present.
    ///   - retryAfter: `Retry-After` as a duration, if present.
    public init(status: Int, contentType: String? = nil, retryAfter: Duration? = nil, consuming body: inout [UInt8]) {
        defer { body.wipe() }
        if status == 200 {
            do {
                self = .token(try TokenMembers(body.span, contentType: contentType).grant())
            } catch {
                self = .failure(TokenFailure(.malformedResponse(error), status: 200))
            }
        } else {
            let refusal = TokenRefusal(status: status, retryAfter: retryAfter)
            self = .failure(refusal.failure(body.span, contentType: contentType))
        }
    }
}

/// The members of a successful token response (RFC 6749 section 5.1), extracted from the JSON text and not yet validated.
struct TokenMembers {
    private var accessToken: Secret?
    private var tokenType: String?
    private var scope = TokenScope.unknown
    private var expiry = Expiry.absent
    private var isObject = false
    /// The names found at the top level: none may occur twice. By their bytes: as text, names are equal if they only look the same
    /// (RFC 8259 section 8.3).
    private var seen: Set<[UInt8]> = []

    private enum Expiry {
        case absent
        case seconds(Double)
        case nonsense
    }

    init(_ body: Span<UInt8>, contentType: String?) throws(TokenFailure.Malformation) {
        guard body.count <= TokenResponse.bodyLimit else { throw .tooLarge }
        switch body.firstVisible {
        case nil: throw .empty
        case UInt8(ascii: "<"): throw .html
        default: break
        }
        do throws(JSONError) {
            try read(body)
        } catch {
            if error.reason == .duplicateKey { throw .duplicateMember }
            throw contentType?.lowercased().contains("html") == true ? .html : .notJSON
        }
        guard isObject else { throw .notAnObject }
    }

    private mutating func read(_ body: Span<UInt8>) throws(JSONError) {
        var scanner = JSONScanner(body)
        while let event = try scanner.next() {
            switch event {
            case .beginObject where scanner.depth == 1: isObject = true
            case .key(let name) where scanner.depth == 1:
                let text = scanner.text(name)
                guard seen.insert(Array(text.utf8)).inserted else { throw JSONError(.duplicateKey, at: name.range.lowerBound) }
                try readMember(text, &scanner)
            default: break
            }
        }
    }

    private mutating func readMember(_ name: String, _ scanner: inout JSONScanner) throws(JSONError) {
        switch name {
        case "access_token":
            guard case .string(let slice) = try value(&scanner) else { return }
            accessToken = scanner.secret(slice)
        case "token_type":
            switch try value(&scanner) {
            case .null: break
            case .string(let slice): tokenType = scanner.text(slice, limit: 64)
            // A value other than a string is not a bearer type either.
            default: tokenType = ""
            }
        case "scope":
            guard case .string(let slice) = try value(&scanner) else { return }
            scope = TokenScope(scanner.text(slice))
        case "expires_in":
            switch try value(&scanner) {
            case .null: expiry = .absent
            case .number(let range): expiry = scanner.double(range).map { .seconds($0) } ?? .nonsense
            case .string(let slice): expiry = Self.number(scanner.text(slice, limit: 64)).map { .seconds($0) } ?? .nonsense
            default: expiry = .nonsense
            }
        default:
            try scanner.skipValue()
        }
    }

    /// The next value, unless it is a container, which is skipped and counts as `beginObject`.
    private func value(_ scanner: inout JSONScanner) throws(JSONError) -> JSONEvent? {
        let event = try scanner.next()
        switch event {
        case .beginArray, .beginObject:
            try scanner.skipRest()
            return .beginObject
        default:
            return event
        }
    }

    /// A number in a string, in JSON's spelling.
    private static func number(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        var scanner = JSONScanner(bytes.span)
        guard case .number(let range)? = try? scanner.next(), range.count == bytes.count else { return nil }
        return scanner.double(range)
    }

    /// Validates the members.
    func grant() throws(TokenFailure.Malformation) -> TokenGrant {
        guard let accessToken else { throw .noToken }
        guard accessToken.isBearerToken else { throw .badToken }
        if let tokenType, tokenType.lowercased() != "bearer" { throw .badTokenType }
        switch expiry {
        case .absent: return TokenGrant(secret: accessToken, lifetime: TokenResponse.defaultLifetime, scope: scope)
        case .nonsense: throw .badLifetime
        case .seconds(let seconds):
            guard seconds >= 1, seconds <= TokenResponse.lifetimeLimit.seconds else { throw .badLifetime }
            return TokenGrant(secret: accessToken, lifetime: .seconds(Int64(seconds)), scope: scope)
        }
    }
}

extension JSONScanner {
    /// A string's bytes with resolved escapes, without leaving copies elsewhere.
    func secret(_ slice: JSONSlice) -> Secret {
        var bytes: [UInt8] = []
        // Resolving escapes never lengthens a string, so the array is never reallocated.
        bytes.reserveCapacity(slice.range.count)
        append(slice, to: &bytes)
        return Secret(consuming: &bytes)
    }
}

extension Secret {
    /// Whether it is valid after `Bearer ` in a field value: 1 to 8192 visible ASCII characters (RFC 6749 appendix A.12, less the
    /// space).
    public var isBearerToken: Bool {
        guard count > 0, count <= TokenResponse.tokenLimit else { return false }
        return withBytes { bytes in
            for i in bytes.indices where !(0x21...0x7E).contains(bytes[i]) { return false }
            return true
        }
    }
}

extension Span<UInt8> {
    /// The first byte that is neither white space, a control character, nor part of a byte order mark.
    var firstVisible: UInt8? {
        for i in indices {
            switch self[i] {
            case 0...0x20, 0xEF, 0xBB, 0xBF: continue
            default: return self[i]
            }
        }
        return nil
    }
}
