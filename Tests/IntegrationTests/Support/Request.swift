/// A request to be sent over a socket, byte for byte as it is here.
struct Request: Sendable {
    var method: String
    var path: String
    var fields: [(name: String, value: String)]
    var body: [UInt8]

    init(_ method: String, _ path: String, _ fields: KeyValuePairs<String, String> = [:], body: String = "") {
        self.method = method
        self.path = path
        self.fields = fields.map { ($0.key, $0.value) }
        self.body = Array(body.utf8)
    }

    static func cancel(_ job: String, _ fields: KeyValuePairs<String, String> = [:]) -> Request {
        Request("DELETE", "/v1/batch-query/jobs/\(job)", fields)
    }

    static func get(_ job: String, _ fields: KeyValuePairs<String, String> = [:]) -> Request {
        Request("GET", "/v1/batch-query/jobs/\(job)", fields)
    }

    static func file(_ id: String, _ fields: KeyValuePairs<String, String> = [:]) -> Request {
        Request("GET", "/v1/files/\(id)", fields)
    }

    static func cancelDataQuery(_ job: String) -> Request { Request("DELETE", "/query/jobs/\(job)") }

    static var submit: Request {
        Request(
            "POST", "/v1/batch-query", ["Content-Type": "application/json"],
            body: #"{"name":"executing=10s","format":"csv","queries":[{"name":"q","query":"select Id from Account"}]}"#)
    }

    func with(_ name: String, _ value: String) -> Request {
        var copy = self
        copy.fields.append((name, value))
        return copy
    }

    var bytes: [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: gateway\r\n"
        for field in fields { head += "\(field.name): \(field.value)\r\n" }
        if !body.isEmpty || method == "POST" { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }
}
