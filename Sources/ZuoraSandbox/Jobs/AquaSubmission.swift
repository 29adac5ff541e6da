import Wire

/// The body of `POST /v1/batch-query`, checked.
struct AquaSubmission {
    var name = ""
    var format = "CSV"
    var version = "1.0"
    var encrypted = "none"
    var sourceData = "LIVE"
    var partner = ""
    var project = ""
    var queries: [Query] = []

    struct Query {
        var name: String
        var text: String
        var type: String
    }

    /// An AQuA error with its code.
    struct Refusal: Error {
        var code: Int
        var message: String

        init(_ code: Int, _ message: String) {
            self.code = code
            self.message = message
        }
    }

    init(_ json: JSONValue) throws(Refusal) {
        guard json.object != nil else { throw Refusal(90005, "The input is not a JSON object.") }
        name = json["name"]?.string ?? ""
        format = (json["format"]?.string ?? "csv").uppercased()
        version = json["version"]?.string ?? json["version"]?.number?.text ?? "1.0"
        if version == "1" { version = "1.0" }
        encrypted = json["encrypted"]?.string ?? "none"
        sourceData = json["sourceData"]?.string ?? "LIVE"
        if version == "1.1" {
            partner = json["partner"]?.string ?? ""
            project = json["project"]?.string ?? ""
        }
        guard ["CSV", "ZIP", "GZIP"].contains(format) else { throw Refusal(90005, "The format is not supported.") }
        guard version == "1.0" || version == "1.1" else { throw Refusal(90005, "The version is not supported.") }
        if let url = json["notifyUrl"]?.string, url.utf8.count > 5000 {
            throw Refusal(90014, "The notifyUrl is longer than 5000 characters.")
        }
        if partner == "unknown" { throw Refusal(90019, "The partner ID is not recognized.") }
        let given = json["queries"]?.array ?? []
        guard !given.isEmpty else { throw Refusal(90016, "There are no queries in the request.") }
        guard given.count <= 50 else { throw Refusal(90004, "The number of queries exceeds the limit of 50.") }
        for (index, query) in given.enumerated() {
            let text = query["query"]?.string ?? ""
            let words = text.lowercased().split(separator: " ")
            guard words.first == "select", words.contains("from") else {
                throw Refusal(90005, "There is a syntax error in query \(index + 1).")
            }
            if query["deleted"] != nil, !(version == "1.1" && !partner.isEmpty) {
                throw Refusal(90012, "Deleted records cannot be queried in stateless mode.")
            }
            queries.append(
                Query(
                    name: query["name"]?.string ?? "query\(index + 1)", text: text, type: query["type"]?.string ?? "zoqlexport"))
        }
    }
}

/// The result of a POST with an Idempotency-Key. Kept for 24 hours.
struct Submission: Sendable {
    var requestFingerprint: UInt64
    var reply: SandboxReply
    var at: Instant

    static let lifetime: Duration = .seconds(86_400)
    static let longestKey = 255
}
