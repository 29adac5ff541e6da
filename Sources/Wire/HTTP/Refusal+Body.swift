/// Every way in which a chunked body can be wrong.
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
    static var chunkTooLarge: Self { .init(413, "A chunk is larger than can be counted (RFC 9112 section 7.1).") }
    static var chunkLineEnd: Self { .init(400, "A chunk size line must end in CRLF (RFC 9112 section 7.1).") }
    static var chunkDataEnd: Self { .init(400, "A chunk's data must be followed by CRLF (RFC 9112 section 7.1).") }
    static var chunkExtension: Self { .init(400, "A chunk extension is malformed (RFC 9112 section 7.1.1).") }
    static var chunkExtensionsTooLarge: Self { .init(400, "The chunk extensions are too large (RFC 9112 section 7.1.1).") }
    static var trailer: Self { .init(400, "A trailer field is malformed (RFC 9112 section 7.1.2).") }
    static var trailersTooLarge: Self { .init(431, "The trailer section is too large (RFC 6585 section 5).") }
}
