import Foundation

/// Certificate authorities and what they issued, made by the openssl tool in a folder of their own.
public final class CertificateTree: Sendable {
    public static let tool = "/usr/bin/openssl"

    public struct Failure: Error { public let output: String }

    public let folder: String

    /// Makes the folder, and in it the authority `ca`.
    public init() throws {
        folder = NSTemporaryDirectory() + "zg-certificates-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // Nothing of the machine's own configuration.
        try write("openssl.cnf", "[req]\ndistinguished_name = dn\n[dn]\n")
        try makeAuthority("ca")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    public func path(_ file: String) -> String { "\(folder)/\(file)" }

    @discardableResult
    public func write(_ file: String, _ text: String) throws -> String {
        try text.write(toFile: path(file), atomically: true, encoding: .utf8)
        return path(file)
    }

    /// `NAME.pem` and `NAME.key` of an authority that nobody has issued.
    public func makeAuthority(_ name: String) throws {
        try run(
            ["req", "-x509", "-days", "2", "-keyout", path("\(name).key"), "-out", path("\(name).pem"), "-subj", "/CN=\(name)"]
                + Self.newKey + ["-config", path("openssl.cnf"), "-addext", "basicConstraints=critical,CA:TRUE"]
                + ["-addext", "keyUsage=critical,keyCertSign,cRLSign"])
    }

    /// `NAME.pem` and `NAME.key`.
    /// - Parameters:
    ///   - names: subject alternative names, as `DNS:localhost,IP:127.0.0.1,URI:spiffe://…`.
    ///   - days: until it expires; negative: it has expired.
    public func issue(
        _ name: String, names: String = "DNS:localhost,IP:127.0.0.1", by authority: String = "ca", days: Int = 2,
        usage: String = "serverAuth,clientAuth"
    ) throws {
        let request = path("\(name).csr")
        try run(
            ["req", "-keyout", path("\(name).key"), "-out", request, "-subj", "/CN=\(name)", "-config", path("openssl.cnf")]
                + Self.newKey)
        let extensions = try write("\(name).ext", "subjectAltName=\(names)\nextendedKeyUsage=\(usage)\n")
        try run(
            ["x509", "-req", "-in", request, "-CA", path("\(authority).pem"), "-CAkey", path("\(authority).key")]
                + ["-CAcreateserial", "-days", "\(days)", "-out", path("\(name).pem"), "-extfile", extensions])
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    /// Runs the openssl tool.
    @discardableResult
    public func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.tool)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(output: output) }
        return output
    }
}
