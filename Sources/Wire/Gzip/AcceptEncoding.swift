/// The Accept-Encoding field of a request (RFC 9110 section 12.5.3), all of its lines together.
///
/// A member that breaks the grammar (a quality above 1, a fourth decimal, another parameter) is passed over, as if it had not
/// been sent. A coding that is named twice has the lower of its qualities, so that a refusal stands.
public struct AcceptEncoding: Sendable {
    /// Whether there was such a field, an empty one included.
    public private(set) var isPresent = false

    /// In thousandths; `unlisted` for a coding that is not named. `other` holds the one of `*`.
    private var qualities = SIMD8<UInt16>(repeating: unlisted)

    private static let unlisted = UInt16.max

    public init() {}

    /// Adds one field line's value.
    public mutating func add(_ value: Span<UInt8>) {
        isPresent = true
        var position = 0
        while let element = FieldText.nextElement(in: value, from: &position) { addMember(value, element) }
    }

    /// How welcome a coding is, in thousandths; 0 is refused. Where it is not named, `*` decides, for `identity` too.
    ///
    /// Without the field RFC 9110 lets a server choose any coding. Here it means that the caller takes plain bytes: many a
    /// client that says nothing cannot decode. With the field, `identity` that neither it nor `*` speaks of is acceptable, and
    /// the least welcome.
    public func quality(of coding: ContentCoding) -> Int {
        if self[coding] != Self.unlisted { return Int(self[coding]) }
        if self[.other] != Self.unlisted { return Int(self[.other]) }
        guard coding == .identity else { return 0 }
        return isPresent ? 1 : 1000
    }

    public func accepts(_ coding: ContentCoding) -> Bool { quality(of: coding) > 0 }

    public var acceptsGzip: Bool { accepts(.gzip) }

    public var acceptsIdentity: Bool { accepts(.identity) }

    /// Whether gzip is welcome, and no less than plain bytes.
    public var prefersGzip: Bool { acceptsGzip && quality(of: .gzip) >= quality(of: .identity) }

    private subscript(coding: ContentCoding) -> UInt16 {
        get { qualities[Int(coding.rawValue)] }
        set { qualities[Int(coding.rawValue)] = newValue }
    }

    private mutating func addMember(_ value: Span<UInt8>, _ member: Range<Int>) {
        let semicolon = FieldText.firstIndex(of: UInt8(ascii: ";"), in: value, member) ?? member.upperBound
        let name = FieldText.trim(value, member.lowerBound..<semicolon)
        var quality: UInt16? = 1000
        if semicolon < member.upperBound {
            quality = Weight.parse(value, FieldText.trim(value, semicolon + 1..<member.upperBound))
        }
        guard let quality else { return }
        let coding = ContentCoding(value, name)
        if coding == .other && !FieldText.isEqual(value, name, "*") { return }
        self[coding] = min(self[coding], quality)
    }
}
