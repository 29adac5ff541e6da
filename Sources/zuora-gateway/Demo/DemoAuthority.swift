import Glibc
import Network

/// A certificate authority for one run: its key stays in memory, its certificate is in a file of a directory of its own.
struct DemoAuthority: Sendable {
    private let directory: String
    /// Of the certificate, PEM.
    let path: String
    /// What the stand-in shows to its clients.
    let serverContext: TLSServerContext

    /// - Throws: what keeps it from being made or written.
    init() throws {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/zuora-gateway-demo-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { unsafe $0.baseAddress.flatMap { unsafe mkdtemp($0) } != nil }
        guard made else { throw SystemError("a directory for the demo's authority in \(parent)") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = "\(directory)/ca.pem"
        let authority = try SelfSignedAuthority(name: "zuora-gateway demo")
        try TextFile.write(authority.pem, to: path)
        serverContext = try authority.serverContext()
    }

    /// Removes what was written.
    func forget() {
        _ = unsafe unlink(path)
        _ = unsafe rmdir(directory)
    }
}
