import Wire

/// Which orgs of a tenant a call is for: the tenant's list, or a subset chosen by the caller. A class, so that using it costs one
/// reference count.
public final class OrgPolicy: Sendable {
    /// Allowed orgs, sent if a caller names none. If empty, the field is never sent.
    public let orgs: [String]
    private let ids: ByteTable
    /// The `Zuora-Org-Ids` line of the whole list, or nothing.
    let defaultLine: HeaderBlock

    init(_ settings: TenantSettings) {
        orgs = settings.orgs
        ids = ByteTable(settings.orgs)
        var line = HeaderBlock()
        if !orgs.isEmpty { line.append(.zuoraOrgIds, "Zuora-Org-Ids", orgs.joined(separator: ",")) }
        defaultLine = line
    }

    /// The orgs requested by all of the caller's `Zuora-Org-Ids` lines, in order, each once.
    /// - Throws: 400 when there is a line but no org, 403 for an org outside the tenant's list.
    func choose(_ field: FieldOccurrence, _ head: RequestHead, _ bytes: Span<UInt8>) throws(Denial) -> OrgChoice {
        guard field.count > 0 else { return orgs.isEmpty ? .none : .all }
        var chosen: [Int] = []
        var isChosen = Array(repeating: false, count: orgs.count)
        for line in head.fields where line.name == .zuoraOrgIds {
            let value = bytes.extracting(line.valueRange)
            var list = FieldList(value)
            while let element = list.next() {
                guard let index = ids.index(of: value, element) else { throw .orgNotAllowed }
                if !isChosen[index] { chosen.append(index) }
                isChosen[index] = true
            }
        }
        guard !chosen.isEmpty else { throw .malformedOrgs }
        return .some(chosen)
    }

    /// `Zuora-Working-Org` (Zuora's second multi-org field, for calls that create something) may go upstream if it is one of
    /// the tenant's orgs; otherwise it would bypass `Zuora-Org-Ids`.
    func checkWorkingOrg(_ field: FieldOccurrence, _ bytes: Span<UInt8>) throws(Denial) {
        guard let value = field.value else { return }
        guard field.count == 1 else { throw .ambiguousWorkingOrg }
        guard ids.index(of: bytes, value) != nil else { throw .orgNotAllowed }
    }
}

/// The orgs that a call is for.
public enum OrgChoice: Hashable, Sendable {
    /// The tenant has none: the field is not sent.
    case none
    /// The tenant's whole list.
    case all
    /// Indices into `OrgPolicy.orgs`, in the caller's order. Never empty.
    case some([Int])
}
