import Wire

/// Writes down what policy does.
struct ExplainingObserver: PolicyObserver {
    private(set) var caller: CallerIdentity?
    private(set) var tenant: (index: Int, source: TenantDirectory.Source)?
    private(set) var route: Int?
    private(set) var sent: [Explanation.Sent] = []
    private(set) var removed: [Explanation.Removed] = []
    private var origin = Explanation.Origin.caller
    private var seen = 0

    mutating func identified(_ caller: CallerIdentity) { self.caller = caller }

    mutating func chose(tenant: Int, _ source: TenantDirectory.Source) { self.tenant = (tenant, source) }

    mutating func matched(route: Int) { self.route = route }

    mutating func begin(_ origin: Explanation.Origin, _ block: HeaderBlock) {
        end(block)
        self.origin = origin
    }

    mutating func end(_ block: HeaderBlock) {
        for index in seen..<block.fields.count {
            let name = String(decoding: block.bytes[block.fields[index].nameRange], as: UTF8.self)
            let isSecret = origin == .credential
            sent.append(
                Explanation.Sent(
                    name: name, value: isSecret ? "Bearer <redacted>" : block.value(index), isRedacted: isSecret, origin: origin))
        }
        seen = block.fields.count
    }

    mutating func removed(_ bytes: Span<UInt8>, _ field: FieldLine, _ why: FieldRemoval) {
        removed.append(Explanation.Removed(name: bytes.text(field.nameRange), why: why))
    }
}
