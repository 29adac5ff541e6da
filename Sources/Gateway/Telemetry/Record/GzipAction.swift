import Wire

/// What the gateway did about the gzip coding of a body.
public enum GzipAction: Int, Hashable, Sendable, CaseIterable {
    /// The body was not coded, and was left so.
    case none
    /// It was coded, and was left so.
    case passed
    case inflated
    case deflated

    init(_ body: CodingPlan.Body, coding: ContentCoding) {
        self =
            switch body {
            case .inflate: .inflated
            case .deflate: .deflated
            case .asIs: coding == .gzip ? .passed : .none
            }
    }

    static let count = 4

    var name: StaticString {
        switch self {
        case .none: "none"
        case .passed: "passed"
        case .inflated: "inflated"
        case .deflated: "deflated"
        }
    }
}
