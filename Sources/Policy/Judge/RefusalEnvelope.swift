import Wire

/// Zuora's format of a refusal inside a 200, `{"success":false,"processId":"…","reasons":[{"code":90000011,"message":"…"}]}`, recognised
/// by its first bytes: a flat object except for its reasons. So content is read up to the first nested member only, and not at all
/// if it is not JSON or is larger than any refusal.
public enum RefusalEnvelope {
    /// The maximum size in bytes.
    public static let limit = 4 << 10
    /// The same, coded with gzip.
    public static let codedLimit = 512

    public enum Finding: Sendable {
        /// It is something else.
        case no
        /// So far it may be one.
        case undecided
        case whole
    }

    /// Whether content of this type, and of this length if that is known, may be one.
    public static func isPossible(contentType: Span<UInt8>, length: Int?, isCoded: Bool) -> Bool {
        if let length, length == 0 || length > (isCoded ? codedLimit : limit) { return false }
        return contentType.starts(withIgnoringCase: "application/json")
    }

    /// - Parameter content: as far as it has come, its content coding undone.
    public static func find(in content: Span<UInt8>) -> Finding {
        var scanner = JSONScanner(content)
        do throws(JSONError) {
            guard let first = try scanner.next() else { return .undecided }
            guard first == .beginObject else { return .no }
            while case .key(let key) = try scanner.next() {
                if scanner.matches(key, "reasons") || scanner.matches(key, "Errors") {
                    try scanner.skipValue()
                    continue
                }
                let isSuccess = scanner.matches(key, "success") || scanner.matches(key, "Success")
                switch try scanner.next() {
                case .beginObject, .beginArray: return .no
                case .bool(true) where isSuccess: return .no
                default: break
                }
            }
            return .whole
        } catch {
            return error.reason == .truncated ? .undecided : .no
        }
    }
}
