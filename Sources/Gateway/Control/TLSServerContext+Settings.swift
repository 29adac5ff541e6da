public import Network
public import Policy

extension TLSServerContext {
    /// What `[gateway.tls]` asks for: reads its files.
    /// - Throws: `TLSError` that names the file and says what is wrong with it.
    public convenience init(_ settings: InboundTLSSettings) throws(TLSError) {
        try self.init(
            Settings(
                certificate: settings.certificate, key: settings.key, clientCA: settings.clientCA,
                minimumMinor: settings.minimumVersion == .tls13 ? 3 : 2))
    }
}
