/// What the gateway's own token endpoint gives.
public struct LocalTokenGrant: Sendable {
    /// Life of the token as the answer states it, in seconds: what Zuora's own answers say. The token lasts as long as the key, so
    /// nothing goes wrong when a client keeps it for longer.
    public static let lifetime = 3599

    public let caller: CallerIdentity
    /// What `identify` takes in `Authorization: Bearer`.
    public let token: Secret
}

extension CallerDirectory {
    /// Gives a caller its own key back as its token; with no caller configured, gives everybody a word that means nothing.
    /// - Throws: `invalid_client` unless id and secret are the name and the key of one caller.
    public func token(for request: LocalTokenRequest) throws(LocalTokenRefusal) -> LocalTokenGrant {
        guard !trustsEveryone else { return LocalTokenGrant(caller: .trusted, token: Self.meaninglessToken) }
        guard let index = request.key.withBytes({ caller(withKey: $0) }), request.names(callers[index].name),
            request.key.isBearerToken
        else { throw .wrongPair }
        return LocalTokenGrant(caller: .known(index), token: request.key)
    }

    private static let meaninglessToken = Secret(copying: "no-caller-is-configured")
}
