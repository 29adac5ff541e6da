extension Denial {
    static let ambiguousEntity = Denial(
        400, .authorise, type: "ambiguous-entity", title: "Not one entity",
        detail: "Zuora-Entity-Ids takes one entity, by name or id, once")

    /// Says nothing about which entities there are.
    static let entityNotAllowed = Denial(
        403, .authorise, type: "entity-not-allowed", title: "Not an entity of this tenant",
        detail: "name one of the entities that the tenant's configuration lists in Zuora-Entity-Ids, or none")

    static let entityRequired = Denial(
        400, .credential, type: "entity-required", title: "An entity must be named",
        detail: "the tenant's credential covers several entities: name one in Zuora-Entity-Ids, "
            + "or set a default with entity = in the tenant's configuration")

    static let entityNotCovered = Denial(
        403, .credential, type: "entity-not-covered", title: "Not an entity of this credential",
        detail: "the tenant's credential does not cover the entity that the request names")

    static let defaultEntityNotCovered = Denial(
        403, .credential, type: "entity-not-covered", title: "Not an entity of this credential",
        detail: "the tenant's credential does not cover the default entity of its configuration")

    static let malformedOrgs = Denial(
        400, .authorise, type: "malformed-orgs", title: "The orgs cannot be read",
        detail: "Zuora-Org-Ids takes ids separated by commas; leave it out for the tenant's default")

    /// Says nothing about which orgs there are.
    static let orgNotAllowed = Denial(
        403, .authorise, type: "org-not-allowed", title: "Not an org of this tenant",
        detail: "name only orgs that the tenant's configuration lists, or none")

    static let ambiguousWorkingOrg = Denial(
        400, .authorise, type: "malformed-orgs", title: "The orgs cannot be read",
        detail: "Zuora-Working-Org takes one org, once")
}
