import Network
import Policy
import Wire

/// One call to a token endpoint, from the form to the interpreted response.
struct TokenCall {
    /// For the whole call; below `TokenTiming.fetchLimit`.
    static let limit = Duration.seconds(30)
    private static let stallLimit = Duration.seconds(15)

    let target: UpstreamTarget
    let path: [UInt8]
    let request: TokenRequest

    /// - Parameter target: the origin of the token endpoint.
    /// - Returns: nil for a static token, which is not requested.
    init?(_ key: CredentialKey, _ settings: TokenSettings, secret: Secret, target: UpstreamTarget) {
        guard let clientID = key.clientID else { return nil }
        self.target = target
        path = Array(settings.path.utf8)
        request = TokenRequest(clientID: clientID, secret: secret, extra: settings.parameters.map { ($0.name, $0.value) })
    }

    /// Makes the call.
    /// - Parameter look: inspects the transfer when it is over, before the call is released.
    func make(_ upstream: UpstreamClient, notingTLS: Bool = false, look: (UpstreamExchange) -> Void = { _ in }) async
        -> TokenResponse
    {
        let transfer = upstream.lend(target)
        defer {
            look(transfer)
            upstream.recycle(transfer)
        }
        transfer.notesAgreement = notingTLS
        transfer.keepsSecret = true
        request.appendFields(to: &transfer.fields)
        var form: [UInt8] = []
        request.body.append(to: &form)
        let limits = UpstreamLimits(total: .now() + Self.limit, firstByte: nil, stall: Self.stallLimit)
        transfer.start(method: "POST", path: path.span, body: .bytes(form), limits: limits)
        form.wipe()
        // Also if the response ends early.
        var body: [UInt8] = []
        defer { body.wipe() }
        do throws(UpstreamFailure) {
            try await transfer.head()
            body.reserveCapacity(TokenResponse.bodyLimit)
            while body.count <= TokenResponse.bodyLimit, try await transfer.more() { transfer.takeContent(into: &body) }
            let facts = ResponseFacts(transfer)
            if facts.coding == .gzip, !body.isEmpty {
                let decoded = Self.decoded(consuming: &body)
                if decoded == nil, transfer.status == 200 {
                    return .failure(TokenFailure(.malformedResponse(.undecodable), status: 200))
                }
                body = decoded ?? []
            }
            return TokenResponse(
                status: transfer.status,
                contentType: facts.contentType.map { range in
                    transfer.withHead { String(decoding: $0.copy(range), as: UTF8.self) }
                },
                retryAfter: facts.retryAfter, consuming: &body)
        } catch {
            return .failure(
                TokenFailure(
                    .unreachable(AttemptFailure(error).cause), reason: error.explanation, reasonError: error.kind.proxyStatusError
                ))
        }
    }

    /// The content without its gzip coding, which Zuora may use although it was not requested.
    /// - Returns: nil if it cannot be decoded within the limit on token responses.
    private static func decoded(consuming body: inout [UInt8]) -> [UInt8]? {
        defer { body.wipe() }
        return try? Inflater().inflateWhole(body.span, maximumOutput: TokenResponse.bodyLimit)
    }
}
