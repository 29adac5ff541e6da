import Foundation

/// A small tree of certificates, made once by the openssl tool: an authority, another one, and what they signed.
struct Certificates: Sendable {
    /// PEM files.
    struct Pair: Sendable {
        var certificate: String
        var key: String
    }

    static let shared = Certificates()

    let directory: String
    var authority: Pair { pair("authority") }
    var otherAuthority: Pair { pair("other") }
    /// For localhost and 127.0.0.1.
    var server: Pair { pair("server") }
    var expired: Pair { pair("expired") }
    var notYetValid: Pair { pair("early") }
    var wrongHost: Pair { pair("elsewhere") }
    var client: Pair { pair("client") }

    private func pair(_ name: String) -> Pair { Pair(certificate: "\(directory)/\(name).pem", key: "\(directory)/\(name).key") }

    private init() {
        directory = NSTemporaryDirectory() + "zg-certificates-\(UUID().uuidString.prefix(8))"
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        write("ca.conf", Self.configuration)
        write("index.txt", "")
        makeAuthority("authority")
        makeAuthority("other")
        sign("server", "localhost", from: "20200101000000Z", to: "20990101000000Z")
        sign("expired", "localhost", from: "20200101000000Z", to: "20200102000000Z")
        sign("early", "localhost", from: "20980101000000Z", to: "20990101000000Z")
        sign("elsewhere", "elsewhere", from: "20200101000000Z", to: "20990101000000Z")
        sign("client", "localhost", from: "20200101000000Z", to: "20990101000000Z")
    }

    private static let configuration = """
        [ca]
        default_ca = tree
        [tree]
        database = index.txt
        new_certs_dir = .
        rand_serial = yes
        default_md = sha256
        policy = any
        unique_subject = no
        [any]
        commonName = supplied
        [localhost]
        subjectAltName = DNS:localhost, IP:127.0.0.1
        [elsewhere]
        subjectAltName = DNS:elsewhere.example
        """

    private func makeAuthority(_ name: String) {
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj",
            "/CN=\(name)",
            "-keyout", "\(name).key", "-out", "\(name).pem")
    }

    private func sign(_ name: String, _ extensions: String, from: String, to: String) {
        openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-keyout",
            "\(name).key",
            "-out", "\(name).csr")
        openssl(
            "ca", "-batch", "-config", "ca.conf", "-notext", "-extensions", extensions, "-startdate", from, "-enddate", to,
            "-cert",
            "authority.pem", "-keyfile", "authority.key", "-in", "\(name).csr", "-out", "\(name).pem")
    }

    private func write(_ name: String, _ text: String) {
        try? text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
    }

    private func openssl(_ arguments: String...) {
        precondition(Command(["openssl"] + arguments, in: directory).succeeds(), "openssl \(arguments)")
    }
}
