extension Denial {
    static let ambiguousKey = Denial(
        400, .identify, type: "ambiguous-key", title: "More than one key",
        detail: "send one key, in X-Gateway-Key or in Authorization: Bearer, once")
    static let wrongKey = unknownCaller("the key belongs to no caller; a key that is sent must be right")
    static let notBearer = unknownCaller("Authorization must be Bearer and a gateway key")
    static let noEvidence = unknownCaller("nothing says who is calling: send a key in X-Gateway-Key or in Authorization: Bearer")
    static let twoCallers = unknownCaller("the client certificate names two callers")

    private static func unknownCaller(_ detail: String) -> Denial {
        Denial(401, .identify, type: "unknown-caller", title: "Unknown caller", detail: detail)
    }
}
