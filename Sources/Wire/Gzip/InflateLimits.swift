/// What a body may decode to. Both bounds count the whole body, all of its members together.
public struct InflateLimits: Hashable, Sendable {
    /// Decoded bytes; one more is `tooLarge`.
    public private(set) var total: Int
    /// Decoded bytes for each encoded byte; more is `ratio`. Deflate itself cannot exceed 1032.
    public private(set) var ratio: Int
    /// Decoded bytes up to which the ratio is not looked at, since a short body of blanks is no attack.
    public private(set) var ratioGrace: Int

    public init(total: Int = 256 << 20, ratio: Int = 1000, ratioGrace: Int = 1 << 20) {
        // One below the greatest Int, so that `total + 1` can be asked for.
        self.total = min(max(total, 0), .max - 1)
        self.ratio = max(ratio, 1)
        self.ratioGrace = max(ratioGrace, 0)
    }

    /// For what is only ever streamed, such as a result file. Zuora's are at most 2047 MB long, so that one of twice that is no
    /// file of Zuora's (https://developer.zuora.com/v1-api-reference/api/operation/GET_Files/).
    public static let file = InflateLimits(total: 4 << 30)

    /// Whether so many bytes may come of so many.
    func fault(decoded: Int, encoded: Int) -> GzipError? {
        if decoded > total { return .tooLarge }
        guard decoded > ratioGrace else { return nil }
        let (allowed, overflow) = encoded.multipliedReportingOverflow(by: ratio)
        return !overflow && decoded > allowed ? .ratio : nil
    }
}
