import COpenSSL

/// What OpenSSL refused, in its words and ours.
public struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    public static let handshakeTimedOut = TLSError("the TLS handshake did not finish in time")
    static let leftDuringHandshake = TLSError("the client left during the TLS handshake")

    /// `what`, and the oldest error in OpenSSL's queue, which is emptied.
    init(openSSL what: String) {
        let reason = TLSError.takeReason()
        description = reason.isEmpty ? what : "\(what): \(reason)"
    }

    static func takeReason() -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            guard let base = text.baseAddress, unsafe zg_ssl_error_text(base, text.count) > 0 else { return "" }
            return unsafe String(cString: base)
        }
    }
}
