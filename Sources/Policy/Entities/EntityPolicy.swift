/// Which entity of a tenant a call is for, and whether and how it is sent upstream. Decided in two steps: whether the caller may
/// choose it when the request is authorised, and how it is sent once there is a token. A class, so that using it costs one reference count.
public final class EntityPolicy: Sendable {
    /// One entity that a caller may choose.
    public struct Entity: Hashable, Sendable {
        public let name: String
        public let id: EntityID
        /// The spelling sent if the token's scope is unknown.
        let spelling: InlineText
    }

    public let entities: [Entity]
    /// The index of the entity of callers that name none.
    public let defaultEntity: Int?
    private let names: ByteTable
    private let ids: [EntityID: Int]

    init(_ settings: TenantSettings) {
        var listed = settings.entities
        if let entity = settings.defaultEntity, !listed.contains(where: { $0.id == entity.id }) { listed.append(entity) }
        entities = listed.compactMap { entity in
            EntityID(entity.id).map { Entity(name: entity.name, id: $0, spelling: InlineText(entity.spelling.utf8.span)) }
        }
        ids = Dictionary(entities.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        names = ByteTable(entities.map(\.name))
        defaultEntity = settings.defaultEntity.flatMap { EntityID($0.id) }.flatMap { [ids] in ids[$0] }
    }

    /// The entity requested by the caller's `Zuora-Entity-Ids`.
    /// - Throws: 400 when it is not one entity, 403 when it is not one of the tenant's.
    func choose(_ field: FieldOccurrence, _ bytes: Span<UInt8>) throws(Denial) -> EntityChoice {
        guard let value = field.value else {
            return defaultEntity.map { EntityChoice(index: $0, isCallers: false) } ?? .none
        }
        guard field.count == 1, !value.isEmpty, !bytes.contains(0x2C, in: value) else { throw .ambiguousEntity }
        let index = names.index(of: bytes, value) ?? EntityID(bytes, value).flatMap { ids[$0] }
        guard let index else { throw .entityNotAllowed }
        return EntityChoice(index: index, isCallers: true)
    }

    /// The value of `Zuora-Entity-Ids` sent upstream; nil if the field is not sent.
    ///
    /// Zuora requires the field if a token covers several entities and forbids it if it covers one. Omitting an entity
    /// that a single-entity token does not cover would silently act in another one, so that is refused.
    /// - Throws: 400 when an entity must be named and none was, 403 when the token does not cover the one that was.
    public func spelling(of choice: EntityChoice, scope: TokenScope) throws(Denial) -> InlineText? {
        guard let index = choice.index else {
            guard scope.entities.count <= 1 else { throw .entityRequired }
            return nil
        }
        let entity = entities[index]
        guard !scope.entities.isEmpty else { return entity.spelling }
        guard let spelling = scope.spelling(of: entity.id) else {
            throw choice.isCallers ? .entityNotCovered : .defaultEntityNotCovered
        }
        return scope.entities.count == 1 ? nil : spelling
    }
}

/// The entity that a call is for.
public struct EntityChoice: Hashable, Sendable {
    /// An index into `EntityPolicy.entities`; nil if none was named and there is no default.
    public let index: Int?
    /// Whether the caller named it; else it is the tenant's default.
    public let isCallers: Bool

    static let none = EntityChoice(index: nil, isCallers: false)
}

extension Denial {
    static let ambiguousEntity = Denial(
        400, .authorise, type: "ambiguous-entity", title: "Ambiguous entity",
        detail: "Zuora-Entity-Ids must name one entity, by name or id.")

    /// Does not reveal which entities exist.
    static let entityNotAllowed = Denial(
        403, .authorise, type: "entity-not-allowed", title: "Entity not allowed",
        detail: "Use an entity from the tenant's configuration in Zuora-Entity-Ids, or omit the field.")

    static let entityRequired = Denial(
        400, .credential, type: "entity-required", title: "Entity required",
        detail: "The tenant's credential covers several entities: name one in Zuora-Entity-Ids, "
            + "or set a default with entity = in the tenant's configuration.")

    static let entityNotCovered = Denial(
        403, .credential, type: "entity-not-covered", title: "Entity not covered by the credential",
        detail: "The tenant's credential does not cover the entity that the request names.")

    static let defaultEntityNotCovered = Denial(
        403, .credential, type: "entity-not-covered", title: "Entity not covered by the credential",
        detail: "The tenant's credential does not cover the default entity of its configuration.")

    static let malformedOrgs = Denial(
        400, .authorise, type: "malformed-orgs", title: "Malformed orgs",
        detail: "Zuora-Org-Ids must be ids separated by commas; omit it for the tenant's default.")

    /// Does not reveal which orgs exist.
    static let orgNotAllowed = Denial(
        403, .authorise, type: "org-not-allowed", title: "Org not allowed",
        detail: "Use only orgs from the tenant's configuration, or omit the field.")

    static let ambiguousWorkingOrg = Denial(
        400, .authorise, type: "malformed-orgs", title: "Malformed orgs",
        detail: "Zuora-Working-Org must name one org.")
}
