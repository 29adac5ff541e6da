public import Wire

/// Correlates a call with its log lines here and at Zuora: the value of `Zuora-Track-Id`, kept byte for byte.
///
/// 1 to 64 printable US-ASCII characters without `:`, `;`, `"` and `'` (Zuora API reference, `Zuora-Track-Id`). A space is
/// printable, so it is allowed inside; at either end it could not survive the next hop, which trims values.
public struct TrackID: Hashable, Sendable {
    private let text: InlineText

    /// - Throws: a 400 when `value` breaks the rule above.
    public init(_ value: Span<UInt8>) throws(Refusal) {
        guard !value.isEmpty, value.count <= InlineText.capacity else {
            throw Refusal(400, "Zuora-Track-Id must have 1 to 64 characters.")
        }
        for i in value.indices where !value[i].isTrackCharacter {
            throw Refusal(400, "Zuora-Track-Id must be printable US-ASCII without : ; \" and '.")
        }
        guard value[0] != 0x20, value[value.count - 1] != 0x20 else {
            throw Refusal(400, "Zuora-Track-Id must not begin or end with a space.")
        }
        text = InlineText(value)
    }

    /// A generated one: 26 characters of base 32 (130 random bits), lower case, without the letters that read as digits.
    public init(using random: inout some RandomNumberGenerator) {
        let alphabet: InlineArray<32, UInt8> = [
            0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66,
            0x67, 0x68, 0x6A, 0x6B, 0x6D, 0x6E, 0x70, 0x71, 0x72, 0x73, 0x74, 0x76, 0x77, 0x78, 0x79, 0x7A,
        ]
        var characters = InlineArray<26, UInt8>(repeating: 0)
        var bits: UInt64 = 0
        for i in 0..<26 {
            if i % 12 == 0 { bits = random.next() }
            characters[i] = alphabet[Int(bits & 31)]
            bits >>= 5
        }
        text = InlineText(characters.span)
    }

    /// The bytes, as the caller sent them.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { text.bytes }
    }
}

extension TrackID: CustomStringConvertible {
    public var description: String { "\(text)" }
}

extension UInt8 {
    fileprivate var isTrackCharacter: Bool {
        switch self {
        case 0x3A, 0x3B, 0x22, 0x27: false
        case 0x20...0x7E: true
        default: false
        }
    }
}

extension TrackID {
    /// The caller's track id.
    /// - Returns: nil if the caller sent none.
    /// - Throws: a 400 if it is invalid or repeated.
    public static func requested(_ head: RequestHead, _ bytes: Span<UInt8>) throws(Refusal) -> TrackID? {
        var found: Range<Int>?
        for field in head.fields where field.name == .zuoraTrackId {
            guard found == nil else { throw Refusal(400, "Zuora-Track-Id is repeated.") }
            found = field.valueRange
        }
        guard let found else { return nil }
        return try TrackID(bytes.extracting(found))
    }

    /// The track id of every response to this request: the caller's if it is valid, else a generated one, together with
    /// the refusal, if any.
    public static func resolve(
        _ head: RequestHead, _ bytes: Span<UInt8>, using random: inout some RandomNumberGenerator
    ) -> (trackID: TrackID, refusal: Refusal?) {
        do throws(Refusal) {
            if let trackID = try requested(head, bytes) { return (trackID, nil) }
            return (TrackID(using: &random), nil)
        } catch {
            return (TrackID(using: &random), error)
        }
    }
}

extension Denial {
    /// The response to a track id that may not be sent upstream.
    public static func badTrackID(_ refusal: Refusal) -> Denial {
        Denial(
            refusal.status, .accept, type: "bad-track-id", title: "Invalid track id", detail: refusal.reason.description)
    }
}
