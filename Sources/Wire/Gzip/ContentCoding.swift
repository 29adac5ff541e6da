/// The content codings that the gateway distinguishes (RFC 9110 section 8.4.1 and the IANA registry). It encodes and decodes
/// gzip only.
public enum ContentCoding: UInt8, Hashable, Sendable, CaseIterable {
    case identity, gzip, compress, deflate, br, zstd
    /// Any other coding, or several combined.
    case other

    /// - Parameter name: A coding's name, in any case. `x-gzip` and `x-compress` mean gzip and compress (RFC 9110
    ///   sections 8.4.1.1 and 8.4.1.3).
    init(name: Span<UInt8>) {
        self =
            if name.equals(ignoringCase: "gzip") || name.equals(ignoringCase: "x-gzip") {
                .gzip
            } else if name.equals(ignoringCase: "deflate") {
                .deflate
            } else if name.equals(ignoringCase: "br") {
                .br
            } else if name.equals(ignoringCase: "zstd") {
                .zstd
            } else if name.equals(ignoringCase: "identity") {
                .identity
            } else if name.equals(ignoringCase: "compress") || name.equals(ignoringCase: "x-compress") {
                .compress
            } else {
                .other
            }
    }
}

/// The Content-Encoding field of a message (RFC 9110 section 8.4), all of its lines together.
///
/// A body's coding is determined by this field only, never by its bytes. A body without the field that begins with
/// gzip's magic number is unchanged: the result file of a query with format GZIP is such a body, and decoding it would
/// change the requested file.
public struct ContentEncoding: Hashable, Sendable {
    /// The coding of the body. Combined codings are `other`, even gzip twice: the gateway never decodes only one
    /// of them.
    public private(set) var coding = ContentCoding.identity

    public init() {}

    /// Adds one field line's value. `identity`, which some senders use, is ignored.
    public mutating func add(_ value: Span<UInt8>) {
        var list = FieldList(value)
        while let element = list.next() {
            let next = ContentCoding(name: value.extracting(element))
            if next == .identity { continue }
            coding = coding == .identity ? next : .other
        }
    }
}

/// A weight, `q=0` to `q=1` with up to three decimals (RFC 9110 section 12.4.2).
enum Weight {
    /// The weight in thousandths, or nil if malformed.
    static func parse(_ value: Span<UInt8>) -> UInt16? {
        guard value.starts(withIgnoringCase: "q="), (3...7).contains(value.count) else { return nil }
        guard let whole = digit(value[2]), whole <= 1 else { return nil }
        guard value.count > 3 else { return whole * 1000 }
        guard value[3] == UInt8(ascii: ".") else { return nil }
        var thousandths: UInt16 = whole * 1000
        var place: UInt16 = 100
        for i in 4..<value.count {
            guard let decimal = digit(value[i]) else { return nil }
            thousandths += decimal * place
            place /= 10
        }
        return thousandths <= 1000 ? thousandths : nil
    }

    private static func digit(_ byte: UInt8) -> UInt16? { (0x30...0x39).contains(byte) ? UInt16(byte - 0x30) : nil }
}

/// The Accept-Encoding field of a request (RFC 9110 section 12.5.3), all of its lines together.
///
/// A malformed member (a quality above 1, a fourth decimal, another parameter) is ignored. A coding
/// that is named twice has the lower of its qualities, so that a refusal takes precedence.
public struct AcceptEncoding: Sendable {
    /// Whether there was such a field, including an empty one.
    public private(set) var isPresent = false

    /// In thousandths; `unlisted` for a coding that is not named. `other` holds the one of `*`.
    private var qualities = SIMD8<UInt16>(repeating: unlisted)

    private static let unlisted = UInt16.max

    public init() {}

    /// Adds one field line's value.
    public mutating func add(_ value: Span<UInt8>) {
        isPresent = true
        var list = FieldList(value)
        while let element = list.next() { addMember(value.extracting(element)) }
    }

    /// The quality of a coding, in thousandths; 0 is refused. If it is not named, `*` decides, also for `identity`.
    ///
    /// Without the field RFC 9110 lets a server choose any coding. Here it means uncompressed, since many
    /// clients without the field cannot decode. With the field, `identity` is acceptable with the lowest quality unless the field or `*`
    /// refuses it.
    public func quality(of coding: ContentCoding) -> Int {
        if self[coding] != Self.unlisted { return Int(self[coding]) }
        if self[.other] != Self.unlisted { return Int(self[.other]) }
        guard coding == .identity else { return 0 }
        return isPresent ? 1 : 1000
    }

    public func accepts(_ coding: ContentCoding) -> Bool { quality(of: coding) > 0 }

    public var acceptsGzip: Bool { accepts(.gzip) }

    public var acceptsIdentity: Bool { accepts(.identity) }

    /// Whether gzip is acceptable, with at least the quality of `identity`.
    public var prefersGzip: Bool { acceptsGzip && quality(of: .gzip) >= quality(of: .identity) }

    private subscript(coding: ContentCoding) -> UInt16 {
        get { qualities[Int(coding.rawValue)] }
        set { qualities[Int(coding.rawValue)] = newValue }
    }

    private mutating func addMember(_ member: Span<UInt8>) {
        let semicolon = member.firstIndex(of: UInt8(ascii: ";"), in: member.indices) ?? member.count
        let name = member.extracting(member.trimmed(0..<semicolon))
        var quality: UInt16? = 1000
        if semicolon < member.count {
            quality = Weight.parse(member.extracting(member.trimmed(semicolon + 1..<member.count)))
        }
        guard let quality else { return }
        let coding = ContentCoding(name: name)
        if coding == .other && !name.equals(ignoringCase: "*") { return }
        self[coding] = min(self[coding], quality)
    }
}
