/// Why a secret's source gives no usable secret.
public enum SecretProblem: Error, Hashable, Sendable {
    /// Nobody has looked yet.
    case notRead
    case missing
    case notPermitted
    case notAFile
    /// Any other error, by its errno.
    case unreadable(Int32)
    /// The environment variable is not set.
    case notSet
    case empty
    case tooLarge
    case severalLines
    case controlCharacter
    case byteOrderMark
    /// A static token with a character that cannot stand in a bearer token, or too long for a field line.
    case notABearerToken

    /// Plain words that complete "the secret cannot be used: …".
    public var text: String {
        switch self {
        case .notRead: "it has not been read yet"
        case .missing: "the file does not exist"
        case .notPermitted: "the file may not be read by this user"
        case .notAFile: "it is not a regular file"
        case .unreadable(let error): "the file cannot be read (errno \(error))"
        case .notSet: "the environment variable is not set"
        case .empty: "it is empty"
        case .tooLarge: "it is larger than 64 KiB"
        case .severalLines: "it has more than one line"
        case .controlCharacter: "it contains a control character"
        case .byteOrderMark: "it begins with a byte order mark: save it as plain ASCII"
        case .notABearerToken: "it contains a space or another character that no bearer token has, or is longer than 8 KiB"
        }
    }
}
