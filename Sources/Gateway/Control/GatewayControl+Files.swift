import Configuration
import Glibc
import Logging
public import Network
public import Policy
import Wire

/// Files that change while the gateway runs: the configuration, secrets, the listeners' certificates.
extension GatewayControl {
    /// For what inotify does not see.
    private static let pollInterval = Duration.seconds(15)

    func watchFiles() throws(StartError) {
        configurationText = configurationPath.map(Self.content) ?? []
        tlsFiles = tlsPaths.map(Self.content)
        do throws(SystemError) {
            watcher = try DirectoryWatcher(reactor: reactor, pollInterval: Self.pollInterval) { [self] in
                reactor.spawn { await self.filesChanged() }
            }
        } catch {
            throw StartError("\(error)")
        }
        watchDirectories()
    }

    func watchDirectories() {
        watcher?.watch(directoriesOf: [configurationPath].compactMap { $0 } + (keeper?.secretFiles ?? []) + tlsPaths)
    }

    /// Something changed beside a file that matters; or nothing did, and this is the poll.
    private func filesChanged() async {
        guard phase == .serving else { return }
        if let path = configurationPath {
            let text = Self.content(path)
            // One that failed is tried again, too: what it names may have come meanwhile.
            if !text.isEmpty, text != configurationText || reloadFailure != nil {
                await reload(isAskedFor: text != configurationText)
            }
        }
        keeper?.rereadSecrets()
        let files = tlsPaths.map(Self.content)
        if files != tlsFiles {
            tlsFiles = files
            renewTLS()
        }
        watchDirectories()
    }

    /// New connections get the new certificate. Half-written files (a certificate whose key has not come yet) leave the old one.
    private func renewTLS() {
        guard let configuration = snapshot?.configuration else { return }
        do throws(StartError) {
            tlsContext = try makeTLS(configuration)
            log.notice("certificates renewed")
        } catch {
            log.warning("certificates not renewed: the old ones stay in force", metadata: ["reason": "\(error)"])
        }
    }

    private var tlsPaths: [String] {
        guard let tls = snapshot?.configuration.gateway.tls else { return [] }
        return [tls.certificate, tls.key] + (tls.clientCA.map { [$0] } ?? [])
    }

    /// What a file holds; nothing when it cannot be read.
    static func content(_ path: String) -> [UInt8] {
        do throws(SystemError) { return try RegularFile.read(path, limit: 64 << 20) } catch { return [] }
    }
}

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
