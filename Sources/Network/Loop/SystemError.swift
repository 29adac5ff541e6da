import Glibc

/// A system call that failed.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried: a system call's name, and on what, if that helps.
    public let operation: String
    public let code: Int32

    /// - Parameter code: an errno value.
    public init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// The error that errno tells of now.
    public init(_ operation: String) { self.init(operation, code: errno) }

    public var description: String { "\(operation): \(Self.text(of: code))" }

    /// What strerror(3) says of an errno value.
    public static func text(of code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
