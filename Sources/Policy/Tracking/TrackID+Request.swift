public import Wire

extension TrackID {
    /// The caller's own track id.
    /// - Returns: nil when the caller gave none.
    /// - Throws: a 400 when it is illegal, or given more than once.
    public static func requested(_ head: RequestHead, _ bytes: Span<UInt8>) throws(Refusal) -> TrackID? {
        var found: Range<Int>?
        for field in head.fields where field.name == .zuoraTrackId {
            guard found == nil else { throw Refusal(400, "Zuora-Track-Id is given more than once") }
            found = field.valueRange
        }
        guard let found else { return nil }
        return try TrackID(bytes.extracting(found))
    }

    /// The track id that every answer to this request carries: the caller's if it is legal, else a fresh one, together with
    /// the refusal if there is something to refuse.
    public static func resolve(
        _ head: RequestHead, _ bytes: Span<UInt8>, using random: inout some RandomNumberGenerator
    ) -> (trackID: TrackID, refusal: Refusal?) {
        do throws(Refusal) {
            if let trackID = try requested(head, bytes) { return (trackID, nil) }
            return (TrackID(using: &random), nil)
        } catch {
            return (TrackID(using: &random), error)
        }
    }
}
