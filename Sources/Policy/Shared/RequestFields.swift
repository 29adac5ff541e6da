import Wire

/// The fields of a request that policy reads, found in one pass over its head.
struct RequestFields: Sendable {
    var gatewayKey = FieldOccurrence()
    var authorization = FieldOccurrence()
    var tenant = FieldOccurrence()
    var entity = FieldOccurrence()
    var orgs = FieldOccurrence()
    var workingOrg = FieldOccurrence()
    var version = FieldOccurrence()
    let connection: ConnectionOptions

    /// - Parameter tenantHeader: in lower case.
    init(_ head: RequestHead, _ bytes: Span<UInt8>, tenantHeader: [UInt8]) throws(Denial) {
        guard let connection = ConnectionOptions(head.fields, bytes) else { throw .tooManyConnectionOptions }
        self.connection = connection
        for field in head.fields {
            switch field.name {
            case .xGatewayKey: gatewayKey.note(field.valueRange)
            case .authorization: authorization.note(field.valueRange)
            case .zuoraEntityIds: entity.note(field.valueRange)
            case .zuoraOrgIds: orgs.note(field.valueRange)
            case .zuoraVersion: version.note(field.valueRange)
            case .zuoraWorkingOrg: workingOrg.note(field.valueRange)
            case .other:
                if bytes.equals(field.nameRange, ignoringCase: tenantHeader) { tenant.note(field.valueRange) }
            default: continue
            }
        }
    }
}

/// How often a field occurs in a head, and the position of its first value.
struct FieldOccurrence: Sendable {
    private(set) var count = 0
    /// The first value; nil when the field is absent.
    private(set) var value: Range<Int>?

    mutating func note(_ range: Range<Int>) {
        count += 1
        if value == nil { value = range }
    }
}

/// The fields that a head's `Connection` names for removal (RFC 9110 section 7.6.1).
///
/// They are removed from the sender's fields, before the gateway sets its fields, so that no option can remove one of
/// those. Fields that describe the content always stay, since without them the content would have another meaning.
struct ConnectionOptions: Sendable {
    /// The maximum number of options. Real heads have one or two; each costs a comparison with every field.
    static let maximumCount = 32

    private var names: [Range<Int>] = []

    /// - Returns: nil if there are more than `maximumCount`.
    init?(_ fields: [FieldLine], _ bytes: Span<UInt8>) {
        for field in fields where field.name == .connection {
            let value = bytes.extracting(field.valueRange)
            var list = FieldList(value)
            while let element = list.next() {
                let option = value.extracting(element)
                // The most common options name no forwarded field.
                if option.equals(ignoringCase: "close") || option.equals(ignoringCase: "keep-alive") { continue }
                guard names.count < Self.maximumCount else { return nil }
                let start = field.valueRange.lowerBound
                names.append(start + element.lowerBound..<start + element.upperBound)
            }
        }
    }

    /// Whether the field is named and removable.
    func remove(_ field: FieldLine, _ bytes: Span<UInt8>) -> Bool {
        guard !names.isEmpty else { return false }
        let name = field.nameRange
        guard names.contains(where: { bytes.equals($0, name) }) else { return false }
        return !bytes.extracting(name).starts(withIgnoringCase: "content-")
    }
}

extension Denial {
    static let tooManyConnectionOptions = Denial(
        400, .authorise, type: "bad-connection", title: "Too many connection options",
        detail: "Connection names more than \(ConnectionOptions.maximumCount) fields.")
}
