public import Wire

extension Denial {
    /// The answer to a track id that may not go upstream.
    public static func badTrackID(_ refusal: Refusal) -> Denial {
        Denial(
            refusal.status, .identify, type: "bad-track-id", title: "Not a legal track id", detail: refusal.reason.description)
    }
}
