import Wire

/// The sandbox's routes, by path.
enum SandboxRoute: Hashable {
    case token
    case aquaSubmit
    case aquaJob(String)
    case aquaLast(partner: String, project: String)
    case file(String)
    case fileStatus(String)
    case dataQueries
    case dataQuery(String)

    init?(_ segments: [Substring]) {
        let parts = segments.map(String.init)
        switch (parts.count, parts.first) {
        case (2, "oauth") where parts[1] == "token": self = .token
        case (2, "v1") where parts[1] == "batch-query": self = .aquaSubmit
        case (3, "v1") where parts[1] == "batch-query" && parts[2].isEmpty: self = .aquaSubmit
        case (4, "v1") where parts[1...2] == ["batch-query", "jobs"] && !parts[3].isEmpty: self = .aquaJob(parts[3])
        case (7, "v1") where parts[1...3] == ["batch-query", "jobs", "partner"] && parts[5] == "project":
            self = .aquaLast(partner: parts[4], project: parts[6])
        case (3, "v1") where (parts[1] == "files" || parts[1] == "file") && !parts[2].isEmpty: self = .file(parts[2])
        case (4, "v1") where parts[1] == "files" && parts[3] == "status": self = .fileStatus(parts[2])
        case (2, "query") where parts[1] == "jobs": self = .dataQueries
        case (3, "query") where parts[1] == "jobs" && !parts[2].isEmpty: self = .dataQuery(parts[2])
        default: return nil
        }
    }

    var methods: [String] {
        switch self {
        case .token, .aquaSubmit: ["POST"]
        case .aquaJob, .dataQuery: ["GET", "DELETE"]
        case .aquaLast, .file, .fileStatus: ["GET"]
        case .dataQueries: ["GET", "POST"]
        }
    }

    /// The id that may request a fault.
    var place: (id: String, isFile: Bool)? {
        switch self {
        case .aquaJob(let id), .dataQuery(let id): (id, false)
        case .file(let id), .fileStatus(let id): (id, true)
        default: nil
        }
    }
}

/// The state of one call.
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

    /// Whether the limit on concurrent calls applies to it.
    var isLimited: Bool { request.path.hasPrefix("/v1/") }

    /// The scope of jobs. The parts are known once access has been checked.
    var scope: JobScope { JobScope(tenant: tenant?.name ?? "", entity: entity ?? "") }

    /// The 32-character form of the request id, for the `processId` of an error.
    var processID: String { requestID.filter { $0 != "-" } }
}
