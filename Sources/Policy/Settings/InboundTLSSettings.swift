/// What `tls:` listeners present and ask for.
public struct InboundTLSSettings: Hashable, Sendable {
    /// PEM file: the certificate, then the intermediates.
    public var certificate: String
    /// PEM file of its key.
    public var key: String
    /// PEM file of the authorities that callers' certificates must come from; nil asks for none.
    public var clientCA: String?
    public var minimumVersion = UpstreamSettings.TLSVersion.tls12
    /// How long a handshake may take.
    public var handshakeTimeout: Duration = .seconds(10)

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
