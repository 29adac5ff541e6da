/// Why a response cannot be relayed. After a fault the connection closes: the start of the next response is unknown.
public struct ResponseFault: Error, Hashable, Sendable {
    public var kind: Kind
    /// The error in plain words, with the relevant RFC section. Never contains bytes of the response.
    public var reason: StaticString

    /// The proxy error types of RFC 9209 section 2.3 that a response can cause.
    public enum Kind: Hashable, Sendable {
        case protocolError, headTooLarge, lineTooLong, trailersTooLarge, transferCoding, incomplete, upgradeFailed

        /// The `error` parameter of Proxy-Status.
        public var proxyStatusError: StaticString {
            switch self {
            case .protocolError: "http_protocol_error"
            case .headTooLarge: "http_response_header_section_size"
            case .lineTooLong: "http_response_header_size"
            case .trailersTooLarge: "http_response_trailer_section_size"
            case .transferCoding: "http_response_transfer_coding"
            case .incomplete: "http_response_incomplete"
            case .upgradeFailed: "http_upgrade_failed"
            }
        }
    }

    public init(_ kind: Kind, _ reason: StaticString) {
        self.kind = kind
        self.reason = reason
    }

    public static func == (a: ResponseFault, b: ResponseFault) -> Bool {
        a.kind == b.kind && a.reason.description == b.reason.description
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(reason.description)
    }
}

/// Errors of a response.
extension ResponseFault {
    // Status line.
    static var notHTTP: Self { .init(.protocolError, "The response is not HTTP/1.1 or HTTP/1.0 (RFC 9112 section 4).") }
    static var statusLine: Self {
        .init(
            .protocolError,
            "The status line must be version, three digits and reason, with one space between (RFC 9112 section 4).")
    }
    static var status: Self { .init(.protocolError, "The status code must be 100 to 599 (RFC 9110 section 15).") }
    static var upgrade: Self {
        .init(.upgradeFailed, "The response switches protocols, which was not requested (RFC 9110 section 15.2.2).")
    }
    static var interimBeforeHTTP11: Self {
        .init(.protocolError, "The response is HTTP/1.0, which has no interim responses (RFC 9110 section 15.2).")
    }

    // Fields.
    init(_ fault: HeadLines.Fault) {
        switch fault {
        case .bareLineFeed:
            self.init(.protocolError, "A line of the response head ends in LF without CR (RFC 9112 section 2.2).")
        case .bareCarriageReturn:
            self.init(.protocolError, "The response head has a CR that is not followed by LF (RFC 9112 section 2.2).")
        case .controlCharacter:
            self.init(.protocolError, "The response head has a control character (RFC 9110 section 5.5).")
        case .tooLong:
            self.init(.lineTooLong, "A line of the response head is too long.")
        case .foldedLine:
            self.init(.protocolError, "A response field is folded over several lines (RFC 9112 section 5.2).")
        case .withoutColon:
            self.init(.protocolError, "A response field line has no colon (RFC 9112 section 5).")
        case .spaceBeforeColon, .name:
            self.init(.protocolError, "The name of a response field is not a token (RFC 9110 section 5.1).")
        }
    }
    static var headTooLarge: Self { .init(.headTooLarge, "The response head is too large.") }
    static var tooManyFields: Self { .init(.headTooLarge, "The response has too many header fields.") }
    static var interimTooLarge: Self { .init(.headTooLarge, "The interim responses are too large.") }

    // Framing.
    init(_ fault: ContentLength.Fault) {
        switch fault {
        case .malformed:
            self.init(.protocolError, "The response's Content-Length is not a decimal number (RFC 9110 section 8.6).")
        case .tooLarge:
            self.init(.protocolError, "The response's Content-Length is too large (RFC 9110 section 8.6).")
        case .differing:
            self.init(.protocolError, "The response has more than one Content-Length, and they differ (RFC 9112 section 6.3).")
        }
    }
    static var transferCoding: Self {
        .init(.transferCoding, "The response's Transfer-Encoding is not just chunked (RFC 9112 section 6.1).")
    }
    static var codingBeforeHTTP11: Self {
        .init(.transferCoding, "The response is HTTP/1.0 and has a Transfer-Encoding (RFC 9112 section 6.1).")
    }

    // Body.
    init(_ fault: ChunkedDecoder.Fault) {
        switch fault {
        case .size: self.init(.transferCoding, "A chunk size of the response is malformed (RFC 9112 section 7.1).")
        case .sizeTooLarge:
            self.init(.transferCoding, "A chunk of the response is too large (RFC 9112 section 7.1).")
        case .lineEnd:
            self.init(.transferCoding, "A chunk size line of the response does not end in CRLF (RFC 9112 section 7.1).")
        case .dataEnd:
            self.init(.transferCoding, "A chunk's data is not followed by CRLF in the response (RFC 9112 section 7.1).")
        case .chunkExtension:
            self.init(.transferCoding, "A chunk extension of the response is malformed (RFC 9112 section 7.1.1).")
        case .extensionsTooLarge: self.init(.transferCoding, "The chunk extensions of the response are too large.")
        case .trailer: self.init(.transferCoding, "A trailer field of the response is malformed (RFC 9112 section 7.1.2).")
        case .trailersTooLarge: self.init(.trailersTooLarge, "The trailer section of the response is too large.")
        }
    }
    public static var incomplete: Self {
        .init(.incomplete, "The connection closed before the response was complete (RFC 9112 section 8).")
    }
}
