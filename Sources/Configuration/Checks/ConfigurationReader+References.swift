import Policy

extension ConfigurationReader {
    /// Lists the secrets and files that the configuration speaks of, with their lines.
    mutating func collectReferences() {
        if let tls = gateway.tls {
            let path: TOMLPath = ["gateway", "tls"]
            addFile(tls.certificate, path + "certificate")
            addFile(tls.key, path + "key")
            addFile(tls.clientCA, path + "client_ca")
        }
        addFiles(of: upstream, ["upstream"])
        for tenant in tenants {
            let path: TOMLPath = ["tenants", tenant.name]
            addFiles(of: tenant.upstream, path)
            let secret =
                switch tenant.credential {
                case .client: path + "client_secret"
                case .token: path + "token"
                }
            secretSources.append(.init(keyPath: "\(secret)", line: secret.line(in: root), source: tenant.credential.source))
        }
    }

    /// Only what the table at `path` says itself: what it inherits is listed where it is written.
    private mutating func addFiles(of upstream: UpstreamSettings, _ path: TOMLPath) {
        addFile(upstream.caFile, path + "ca_file")
        addFile(upstream.clientCertificate, path + "client_certificate")
        addFile(upstream.clientKey, path + "client_key")
    }

    private mutating func addFile(_ file: String?, _ path: TOMLPath) {
        guard let file, reading.report.has(path) else { return }
        files.append(.init(keyPath: "\(path)", line: path.line(in: root), path: file))
    }
}
