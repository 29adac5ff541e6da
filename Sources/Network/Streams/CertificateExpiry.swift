import COpenSSL
public import Wire

/// When certificates in files expire. A file is read again when it has changed.
public struct CertificateFiles {
    private var known: [String: (stamp: RegularFile.Stamp, expiry: WallTime?)] = [:]

    public init() {}

    /// The expiry of the first certificate; nil if the file has none that can be read.
    public mutating func expiry(of path: String) -> WallTime? {
        guard let stamp = RegularFile.Stamp(path) else { return nil }
        if let known = known[path], known.stamp == stamp { return known.expiry }
        let expiry = CertificateExpiry.ofFirst(inFile: path)
        known[path] = (stamp, expiry)
        return expiry
    }
}

enum CertificateExpiry {
    /// - Returns: nil if the file cannot be read, or has no certificate in PEM.
    static func ofFirst(inFile path: String) -> WallTime? {
        guard let pem = try? RegularFile.read(path, limit: 1 << 20) else { return nil }
        return unsafe time(pem.withUnsafeBytes { unsafe zg_pem_not_after($0.baseAddress, Int32($0.count)) })
    }

    /// - Parameter seconds: since 1970; negative: unknown.
    static func time(_ seconds: Int64) -> WallTime? {
        guard seconds >= 0 else { return nil }
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .latest : WallTime(nanoseconds: nanoseconds)
    }
}

extension TLSServerContext {
    /// When the certificate expires.
    public var certificateExpiry: WallTime? { CertificateExpiry.time(notAfter) }
}
