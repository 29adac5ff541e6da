import Wire

/// A response of the token endpoint with a status other than 200.
struct TokenRefusal {
    var status: Int
    var retryAfter: Duration?

    /// The default: half of the one-minute window of Zuora's limit on token calls.
    private static let rateLimitDelay: Duration = .seconds(30)

    func failure(_ body: Span<UInt8>, contentType: String?) -> TokenFailure {
        switch status {
        case 300..<400: TokenFailure(.redirected, status: status)
        case 400, 401: TokenFailure(clientCause(body), status: status, retryAfter: retryAfter)
        case 403: TokenFailure(isPage(body, contentType) ? .blocked : .userDeactivated, status: status, retryAfter: retryAfter)
        case 408, 425, 500..<600: TokenFailure(.unavailable, status: status, retryAfter: retryAfter)
        case 429: TokenFailure(.rateLimited, status: status, retryAfter: rateLimitDelay(body))
        case 400..<500: TokenFailure(.refused, status: status, retryAfter: retryAfter)
        default: TokenFailure(.malformedResponse(.unexpectedStatus), status: status)
        }
    }

    /// 400 and 401 distinguish an unknown client and a wrong secret by their text only; RFC 6749 section 5.2 has `invalid_client` for
    /// both.
    private func clientCause(_ body: Span<UInt8>) -> TokenFailure.Cause {
        if body.containsIgnoringCase("invalid client id") || body.containsIgnoringCase("unknown client") { return .unknownClient }
        if status == 401 || body.containsIgnoringCase("invalid_client") { return .wrongSecret }
        return .refused
    }

    private func isPage(_ body: Span<UInt8>, _ contentType: String?) -> Bool {
        guard let first = body.firstVisible else { return false }
        return first != UInt8(ascii: "{") || contentType?.lowercased().contains("html") == true
    }

    /// `Retry-After`, or the time in the message ("retry after N seconds"), or the default.
    private func rateLimitDelay(_ body: Span<UInt8>) -> Duration {
        if let retryAfter { return retryAfter }
        if let seconds = body.number(after: "retry after ") { return .seconds(seconds) }
        return Self.rateLimitDelay
    }
}

extension Span<UInt8> {
    /// Whether the ASCII text occurs, upper and lower case alike. `text` is in lower case.
    func containsIgnoringCase(_ text: StaticString) -> Bool { end(of: text) != nil }

    /// The decimal number of up to 6 digits right after the first occurrence of `text`.
    func number(after text: StaticString) -> Int? {
        guard let start = end(of: text) else { return nil }
        var value = 0
        var i = start
        while i < count, i < start + 6, (0x30...0x39).contains(self[i]) {
            value = value * 10 + Int(self[i] - 0x30)
            i += 1
        }
        return i > start ? value : nil
    }

    private func end(of text: StaticString) -> Int? {
        let length = text.utf8CodeUnitCount
        guard length > 0, count >= length else { return nil }
        // The text lives as long as the program, and is read within its length.
        let wanted = unsafe UnsafeBufferPointer(start: text.utf8Start, count: length)
        search: for start in 0...(count - length) {
            for i in 0..<length {
                let byte = self[start + i]
                let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
                if unsafe lower != wanted[i] { continue search }
            }
            return start + length
        }
        return nil
    }
}
