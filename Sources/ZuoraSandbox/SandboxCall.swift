import Wire

/// One call on its way through the stand-in.
struct SandboxCall {
    let request: SandboxRequest
    let now: Instant
    let number: Int
    /// 36 characters, for `Zuora-Request-Id`.
    let requestID: String
    var tenant: SandboxTenant?
    var client: SandboxClient?
    var token: AccessToken?
    /// The UUID of the entity that the call works in.
    var entity: String?
    /// What was done, for the book.
    var did: String?

    /// The scope of jobs. The parts are known once access has been checked.
    var scope: JobScope { JobScope(tenant: tenant?.name ?? "", entity: entity ?? "") }

    /// The 32-character form of the request id, for the `processId` of an error.
    var processID: String { requestID.filter { $0 != "-" } }
}
