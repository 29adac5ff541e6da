import Network
import Policy
import Wire

/// The gateway's local `/oauth/token`. Zuora's SDKs request a token first; with the gateway as their base URL
/// they request it here, and get one that `identify` accepts. Such calls are never forwarded.
extension Gateway {
    /// Handles the call if it is a token request.
    /// - Returns: false for every other path, without doing anything.
    func respondToTokenCall(_ request: Request, _ journal: Journal) async throws(Problem) -> Bool {
        let http = request.http
        let path = http.head.pathRange
        guard http.withHeadBytes({ LocalTokenRequest.isAddressed(by: $0.extracting(path)) }) else { return false }
        guard http.head.method == .post else { throw Problem(.tokenMethod) }
        do {
            let grant = try await grantToken(http, request.snapshot.policy)
            await respond(grant, http, journal)
        } catch let refusal as LocalTokenRefusal {
            await respond(refusal, http, journal)
        } catch let error as BodyError {
            throw Problem(error)
        } catch {
            throw .inexpressible
        }
        return true
    }

    private func grantToken(_ http: HTTPExchange, _ policy: Policy) async throws -> LocalTokenGrant {
        var form = try await LocalTokenForm(http)
        defer { form.bytes.wipe() }
        let head = http.head
        let fields = head.fields.filter { $0.name == .authorization }
        guard fields.count <= 1 else { throw LocalTokenRefusal.repeatedAuthorization }
        let authorization = fields.first?.valueRange ?? 0..<0
        let request = try http.withHeadBytes { bytes throws(LocalTokenRefusal) in
            try LocalTokenRequest(form: form.bytes.span, authorization: bytes.extracting(authorization))
        }
        return try policy.callers.token(for: request)
    }

    private func respond(_ grant: LocalTokenGrant, _ http: HTTPExchange, _ journal: Journal) async {
        var body: [UInt8] = []
        // Reserves room for a key with every byte escaped, so that reallocation leaves no copy behind.
        body.reserveCapacity(2 * grant.token.count + 128)
        var writer = JSONWriter(appendingTo: consume body)
        writer.beginObject()
        grant.token.withBytes { writer.member("access_token", $0) }
        writer.member("token_type", "bearer")
        writer.member("expires_in", LocalTokenGrant.lifetime)
        writer.member("scope", "")
        writer.endObject()
        start(200, http, journal)
        await http.finish(writer.bytes)
        writer.bytes.wipe()
        http.wipeOutput()
    }

    private func respond(_ refusal: LocalTokenRefusal, _ http: HTTPExchange, _ journal: Journal) async {
        journal.problem = Problem(
            refusal.status, type: refusal.code.rawValue, title: "Token request refused", detail: refusal.reason,
            phase: "identify")
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("error", refusal.code.rawValue)
        writer.member("error_description", refusal.reason)
        writer.endObject()
        start(refusal.status, http, journal)
        if refusal.status == 401 { http.add("WWW-Authenticate", literal: "Basic realm=\"zuora-gateway\"") }
        await http.finish(writer.bytes)
    }

    private func start(_ status: Int, _ http: HTTPExchange, _ journal: Journal) {
        journal.entry.status = status
        http.start(status)
        http.add("Content-Type", literal: "application/json")
        http.add("Cache-Control", literal: "no-store")
        addOwnFields(http, journal)
    }
}

extension Denial {
    static let tokenMethod = Denial(
        405, .identify, type: "method-not-allowed", title: "Method not allowed for this path",
        detail: "Tokens are requested with POST.", allow: "POST")
}

/// The form sent to the local token endpoint, read completely and within its limit.
struct LocalTokenForm {
    /// Contains a caller's key: the owner must wipe it.
    var bytes: [UInt8] = []

    /// - Throws: an OAuth error, or the body's error.
    init(_ http: HTTPExchange) async throws {
        try Self.check(http)
        guard http.declaredBodyLength ?? 0 <= LocalTokenRequest.maximumLength else { throw LocalTokenRefusal.tooLong }
        // Reserves room for all of it, so that reallocation leaves no copy behind.
        bytes.reserveCapacity(LocalTokenRequest.maximumLength)
        do {
            while var chunk = try await http.nextBodyChunk() {
                defer { chunk.wipe() }
                guard bytes.count + chunk.count <= LocalTokenRequest.maximumLength else { throw LocalTokenRefusal.tooLong }
                bytes.append(contentsOf: chunk)
            }
        } catch {
            bytes.wipe()
            throw error
        }
    }

    /// Checks the head's fields about the form.
    private static func check(_ http: HTTPExchange) throws(LocalTokenRefusal) {
        let head = http.head
        guard head.queryRange == nil else { throw .query }
        let isForm = http.withHeadBytes { bytes in
            var types = 0
            for field in head.fields {
                switch field.name {
                case .contentType:
                    guard bytes.extracting(field.valueRange).isFormType else { return false }
                    types += 1
                case .contentEncoding: return false
                default: continue
                }
            }
            return types == 1
        }
        guard isForm else { throw .notAForm }
    }
}

extension Span<UInt8> {
    /// Whether the media type is that of a form, ignoring parameters.
    fileprivate var isFormType: Bool {
        let type: StaticString = "application/x-www-form-urlencoded"
        guard starts(withIgnoringCase: type) else { return false }
        let end = type.utf8CodeUnitCount
        return count == end || [0x3B, 0x20, 0x09].contains(self[end])
    }
}
