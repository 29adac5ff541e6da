import Wire

/// Identifies the caller of a request: by key, else by client certificate, else by the peer of a Unix socket.
///
/// A key is looked up by its whole digest in a hash table. That leaks nothing by timing: the common prefix of two digests says nothing
/// about the keys, and digests cannot be chosen. The comparison that ends the look-up takes constant time anyway.
public struct CallerDirectory: Sendable {
    public let callers: [Caller]
    private var byKey: [SHA256Digest: Int] = [:]
    private var byName: [SubjectAlternativeName: Int] = [:]
    private var byUID: [UInt32: Int] = [:]
    private var byGID: [UInt32: Int] = [:]

    init(_ settings: [CallerSettings], tenants: ByteTable, routes: RouteTable) {
        for (index, caller) in settings.enumerated() {
            for digest in caller.keyHashes.compactMap(SHA256Digest.init(bytes:)) { byKey[digest] = index }
            for uid in caller.peerUIDs { byUID[uid] = index }
            for gid in caller.peerGIDs { byGID[gid] = index }
            for name in caller.sans.compactMap({ SubjectAlternativeName($0.utf8) }) { byName[name] = index }
        }
        callers = settings.map { Caller($0, tenants: tenants, routes: routes) }
    }

    /// Whether every client that can reach a listener is trusted.
    public var trustsEveryone: Bool { callers.isEmpty }

    /// The index of the caller that owns `key`. An empty key never matches.
    public func caller(withKey key: Span<UInt8>) -> Int? {
        guard !key.isEmpty, let digest = SHA256Digest(of: key) else { return nil }
        return byKey[digest]
    }

    /// - Throws: 400 for several keys, 401 if the key is wrong or there are no credentials.
    func identify(
        _ fields: RequestFields, _ bytes: Span<UInt8>, _ evidence: CallerEvidence
    ) throws(Denial) -> CallerIdentity {
        guard !callers.isEmpty else { return .trusted }
        guard fields.gatewayKey.count + fields.authorization.count <= 1 else { throw .ambiguousKey }
        // A key is decisive. Falling back to other credentials when it is wrong would hide a failed rotation until
        // the other credentials change as well.
        if let value = fields.gatewayKey.value {
            guard let index = caller(withKey: bytes.extracting(value)) else { throw .wrongKey }
            return .known(index)
        }
        if let value = fields.authorization.value {
            guard let key = Self.bearer(bytes, value) else { throw .notBearer }
            guard let index = caller(withKey: bytes.extracting(key)) else { throw .wrongKey }
            return .known(index)
        }
        if let index = try caller(named: evidence.names) { return .known(index) }
        if let peer = evidence.peer, let index = byUID[peer.uid] ?? byGID[peer.gid] { return .known(index) }
        if !evidence.names.isEmpty { throw .unknownCertificate }
        throw evidence.peer != nil && !(byUID.isEmpty && byGID.isEmpty) ? .unknownPeer : .noEvidence
    }

    /// Whether one of the names is a caller's, for `explain`.
    func haveName(among names: [SubjectAlternativeName]) -> Bool { names.contains { byName[$0] != nil } }

    /// A certificate may have many names; unknown ones are ignored, and names of two callers are an error.
    private func caller(named names: [SubjectAlternativeName]) throws(Denial) -> Int? {
        var found: Int?
        for name in names {
            guard let index = byName[name] else { continue }
            guard found == nil || found == index else { throw .twoCallers }
            found = index
        }
        return found
    }

    /// The credentials of `Bearer credentials` (RFC 6750 section 2.1); the scheme's name has no case (RFC 9110 section 11.1).
    private static func bearer(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Range<Int>? {
        guard bytes.extracting(value).starts(withIgnoringCase: "bearer ") else { return nil }
        var start = value.lowerBound + 7
        while start < value.upperBound, bytes[start] == 0x20 { start += 1 }
        return start..<value.upperBound
    }
}

/// The token issued by the local token endpoint.
public struct LocalTokenGrant: Sendable {
    /// The token's lifetime as stated in the response, in seconds, as in Zuora's responses. The token is valid as long as the key, so
    /// clients may keep it for longer.
    public static let lifetime = 3599

    public let caller: CallerIdentity
    /// The value that `identify` accepts in `Authorization: Bearer`.
    public let token: Secret
}

extension CallerDirectory {
    /// Returns the caller's key as its token; without configured callers, a placeholder.
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

extension Denial {
    static let ambiguousKey = Denial(
        400, .identify, type: "ambiguous-key", title: "More than one key",
        detail: "Send one key, in X-Gateway-Key or in Authorization: Bearer, once.")
    static let wrongKey = unknownCaller("The key does not match any caller.")
    static let notBearer = unknownCaller("Authorization must be Bearer and a gateway key.")
    static let noEvidence = unknownCaller("No credentials: send a key in X-Gateway-Key or in Authorization: Bearer.")
    static let unknownCertificate = unknownCaller(
        "No name in the client certificate belongs to a caller. A key in X-Gateway-Key would do, too.")
    static let unknownPeer = unknownCaller(
        "Neither the user nor the group of the calling process belongs to a caller. A key in X-Gateway-Key would do, too.")
    static let twoCallers = unknownCaller("The client certificate matches two callers.")

    private static func unknownCaller(_ detail: String) -> Denial {
        Denial(401, .identify, type: "unknown-caller", title: "Unknown caller", detail: detail)
    }
}
