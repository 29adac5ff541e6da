/// Why a request is not served: one status and one sentence. After a refusal by the parser the connection closes, since
/// the start of the next request is unknown.
public struct Refusal: Error, Hashable, Sendable {
    /// 400, 413, 414, 417, 431, 501 or 505; by a server also 408 and 503.
    public var status: Int
    /// The error in plain words, with the relevant RFC section. Never contains bytes of the request.
    public var reason: StaticString

    public init(_ status: Int, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    public static func == (a: Refusal, b: Refusal) -> Bool {
        a.status == b.status && a.reason.description == b.reason.description
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(status)
        hasher.combine(reason.description)
    }
}

/// Errors of a request head.
extension Refusal {
    init(_ fault: HeadLines.Fault) {
        switch fault {
        case .bareLineFeed: self = .bareLineFeed
        case .bareCarriageReturn: self = .bareCarriageReturn
        case .controlCharacter: self = .controlCharacter
        case .tooLong: self = .headTooLarge
        case .foldedLine: self = .foldedLine
        case .withoutColon: self = .fieldWithoutColon
        case .spaceBeforeColon: self = .spaceBeforeColon
        case .name: self = .fieldName
        }
    }

    // Lines.
    static var bareLineFeed: Self { .init(400, "A line must end in CRLF, not LF alone (RFC 9112 section 2.2).") }
    static var bareCarriageReturn: Self { .init(400, "A CR must be followed by LF (RFC 9112 section 2.2).") }
    static var controlCharacter: Self { .init(400, "A head must not contain control characters (RFC 9110 section 5.5).") }
    static var tooManyEmptyLines: Self { .init(400, "Too many empty lines before the request (RFC 9112 section 2.2).") }
    static var headTooLarge: Self { .init(431, "The request head is too large (RFC 6585 section 5).") }
    static var tooManyFields: Self { .init(431, "The request has too many header fields (RFC 6585 section 5).") }

    // Request line.
    static var requestLine: Self {
        .init(400, "The request line must be method, target and version with one space between (RFC 9112 section 3).")
    }
    static var method: Self { .init(400, "The method must be a token (RFC 9110 section 9.1).") }
    static var methodTooLong: Self { .init(501, "The method is longer than any implemented one (RFC 9112 section 3).") }
    static var connect: Self { .init(501, "CONNECT is not implemented (RFC 9110 section 9.3.6).") }
    static var version: Self { .init(400, "The version must be HTTP/1.1 or HTTP/1.0 (RFC 9112 section 2.3).") }
    static var versionNotSupported: Self { .init(505, "Only HTTP/1.1 and HTTP/1.0 are supported (RFC 9110 section 2.5).") }
    static var targetTooLong: Self { .init(414, "The request target is too long (RFC 9110 section 15.5.15).") }
    static var targetForm: Self {
        .init(400, "The request target must be a path that begins with a slash, or an http URI (RFC 9112 section 3.2).")
    }
    static var targetCharacter: Self {
        .init(400, "The request target has a character that must be percent-encoded (RFC 3986 section 3.3).")
    }
    static var fragment: Self { .init(400, "A request target must not have a fragment (RFC 9112 section 3.2).") }
    static var percentEscape: Self {
        .init(400, "A percent sign must be followed by two hexadecimal digits (RFC 3986 section 2.1).")
    }

    // Host.
    static var missingHost: Self { .init(400, "An HTTP/1.1 request must have a Host field (RFC 9112 section 3.2).") }
    static var repeatedHost: Self { .init(400, "A request must have only one Host field (RFC 9112 section 3.2).") }
    static var host: Self { .init(400, "The Host field must be a host with an optional port (RFC 9110 section 7.2).") }
    static var authority: Self {
        .init(400, "The target's authority must be a host with an optional port (RFC 9110 section 4.2.1).")
    }
    static var userinfo: Self { .init(400, "User information in a target is not accepted (RFC 9110 section 4.2.4).") }

    // Fields.
    static var foldedLine: Self { .init(400, "A field must not be folded over several lines (RFC 9112 section 5.2).") }
    static var fieldWithoutColon: Self { .init(400, "A field line must have a name and a colon (RFC 9112 section 5).") }
    static var spaceBeforeColon: Self {
        .init(400, "White space is not allowed between a field's name and its colon (RFC 9112 section 5.1).")
    }
    static var fieldName: Self { .init(400, "A field name must be a token (RFC 9110 section 5.1).") }
    static var connection: Self { .init(400, "Connection must be a list of tokens (RFC 9110 section 7.6.1).") }
    static var expectation: Self { .init(417, "The only supported expectation is 100-continue (RFC 9110 section 10.1.1).") }

    // Framing.
    static var contentLength: Self { .init(400, "Content-Length must be one decimal number (RFC 9110 section 8.6).") }
    static var repeatedContentLength: Self {
        .init(400, "A request must have only one Content-Length field (RFC 9112 section 6.3).")
    }
    static var contentTooLarge: Self { .init(413, "Content-Length is too large (RFC 9110 section 8.6).") }
    static var lengthAndCoding: Self {
        .init(400, "Content-Length and Transfer-Encoding must not be sent together (RFC 9112 section 6.1).")
    }
    static var transferCoding: Self {
        .init(400, "Transfer-Encoding must be chunked, once, and nothing else (RFC 9112 section 6.1).")
    }
    static var unknownTransferCoding: Self {
        .init(501, "Only the chunked transfer coding is supported (RFC 9112 section 6.1).")
    }
    static var codingBeforeHTTP11: Self { .init(400, "HTTP/1.0 has no Transfer-Encoding (RFC 9112 section 6.1).") }
}

/// Errors of a chunked body.
extension Refusal {
    public init(_ fault: ChunkedDecoder.Fault) {
        switch fault {
        case .size: self = .chunkSize
        case .sizeTooLarge: self = .chunkTooLarge
        case .lineEnd: self = .chunkLineEnd
        case .dataEnd: self = .chunkDataEnd
        case .chunkExtension: self = .chunkExtension
        case .extensionsTooLarge: self = .chunkExtensionsTooLarge
        case .trailer: self = .trailer
        case .trailersTooLarge: self = .trailersTooLarge
        }
    }

    static var chunkSize: Self {
        .init(400, "A chunk size must be 1 to 16 hexadecimal digits and nothing else (RFC 9112 section 7.1).")
    }
    static var chunkTooLarge: Self { .init(413, "A chunk is too large (RFC 9112 section 7.1).") }
    static var chunkLineEnd: Self { .init(400, "A chunk size line must end in CRLF (RFC 9112 section 7.1).") }
    static var chunkDataEnd: Self { .init(400, "A chunk's data must be followed by CRLF (RFC 9112 section 7.1).") }
    static var chunkExtension: Self { .init(400, "A chunk extension is malformed (RFC 9112 section 7.1.1).") }
    static var chunkExtensionsTooLarge: Self { .init(400, "The chunk extensions are too large (RFC 9112 section 7.1.1).") }
    static var trailer: Self { .init(400, "A trailer field is malformed (RFC 9112 section 7.1.2).") }
    static var trailersTooLarge: Self { .init(431, "The trailer section is too large (RFC 6585 section 5).") }
}
