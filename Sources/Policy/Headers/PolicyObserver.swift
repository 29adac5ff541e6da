import Wire

/// Watches policy at work. The one that explains and the one that does nothing see the same code run, so that an
/// explanation cannot differ from what happens.
protocol PolicyObserver {
    mutating func identified(_ caller: CallerIdentity)
    mutating func chose(tenant: Int, _ source: TenantDirectory.Source)
    mutating func matched(route: Int)
    /// The lines appended from here on are due to `origin`.
    mutating func begin(_ origin: FieldOrigin, _ block: HeaderBlock)
    mutating func end(_ block: HeaderBlock)
    mutating func removed(_ bytes: Span<UInt8>, _ field: FieldLine, _ why: FieldRemoval)
}

/// Costs nothing once it is specialised.
struct NoObserver: PolicyObserver {
    @inline(__always) func identified(_ caller: CallerIdentity) {}
    @inline(__always) func chose(tenant: Int, _ source: TenantDirectory.Source) {}
    @inline(__always) func matched(route: Int) {}
    @inline(__always) func begin(_ origin: FieldOrigin, _ block: HeaderBlock) {}
    @inline(__always) func end(_ block: HeaderBlock) {}
    @inline(__always) func removed(_ bytes: Span<UInt8>, _ field: FieldLine, _ why: FieldRemoval) {}
}

/// Whose doing a line is. The raw value is the sentence that `explain` prints.
public enum FieldOrigin: String, Sendable, CaseIterable {
    case caller = "the caller's, forwarded"
    case gateway = "set by the gateway"
    case tenant = "configured for the tenant, or chosen from that"
    case trackID = "the caller's own, or a fresh one"
    case credential = "the tenant's credential"
}
