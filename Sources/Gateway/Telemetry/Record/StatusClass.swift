/// The first digit of a status code (RFC 9110 section 15); `none` when the caller got no status.
enum StatusClass: Int, CaseIterable {
    case none, informational, success, redirection, clientError, serverError

    static let count = 6

    init(_ status: Int) { self = (100...599).contains(status) ? StatusClass(rawValue: status / 100) ?? .none : .none }

    var label: StaticString {
        switch self {
        case .none: "none"
        case .informational: "1xx"
        case .success: "2xx"
        case .redirection: "3xx"
        case .clientError: "4xx"
        case .serverError: "5xx"
        }
    }
}
