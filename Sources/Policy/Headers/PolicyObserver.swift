import Wire

/// Observes policy decisions. Explaining and serving run the same code, so that an
/// explanation cannot differ from what happens.
protocol PolicyObserver {
    mutating func identified(_ caller: CallerIdentity)
    mutating func chose(tenant: Int, _ source: TenantDirectory.Source)
    mutating func matched(route: Int)
    /// Attributes the lines appended from now on to `origin`.
    mutating func begin(_ origin: FieldOrigin, _ block: HeaderBlock)
    mutating func end(_ block: HeaderBlock)
    mutating func removed(_ bytes: Span<UInt8>, _ field: FieldLine, _ why: FieldRemoval)
}

/// Has no cost once specialised.
struct NoObserver: PolicyObserver {
    @inline(__always) func identified(_ caller: CallerIdentity) {}
    @inline(__always) func chose(tenant: Int, _ source: TenantDirectory.Source) {}
    @inline(__always) func matched(route: Int) {}
    @inline(__always) func begin(_ origin: FieldOrigin, _ block: HeaderBlock) {}
    @inline(__always) func end(_ block: HeaderBlock) {}
    @inline(__always) func removed(_ bytes: Span<UInt8>, _ field: FieldLine, _ why: FieldRemoval) {}
}

/// The origin of a line. The raw value is printed by `explain`.
public enum FieldOrigin: String, Sendable, CaseIterable {
    case caller = "from the caller"
    case gateway = "set by the gateway"
    case tenant = "from the tenant's configuration"
    case trackID = "generated: the caller sent none"
    case credential = "the tenant's credential"
    case hubKey = "this gateway's key for the hub"
    case trace = "generated: the caller sent no valid one"
    case span = "the caller's trace, with a new span of the gateway's"
}
