import Configuration
import Glibc
import Logging
import Network
import Policy
import Wire

/// Files that may change at run time: the configuration, secrets, the listeners' certificates.
extension GatewayControl {
    /// For changes that inotify does not report.
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
        // They may have changed since they were read.
        keeper?.rereadSecrets()
    }

    func watchDirectories() {
        watcher?.watch(directoriesOf: [configurationPath].compactMap { $0 } + (keeper?.secretFiles ?? []) + tlsPaths)
    }

    /// A watched directory changed, or the poll interval elapsed.
    private func filesChanged() async {
        guard phase == .serving else { return }
        if let path = configurationPath {
            let text = Self.content(path)
            // A failed reload is retried: missing files may have appeared meanwhile.
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

    /// New connections get the new certificate. Incomplete updates (a certificate without its new key) keep the current one.
    private func renewTLS() {
        guard let configuration = snapshot?.configuration else { return }
        do throws(StartError) {
            tlsContext = try makeTLS(configuration)
            log.notice("certificates reloaded")
        } catch {
            log.warning("certificate reload failed, keeping the current ones", metadata: ["reason": "\(error)"])
        }
    }

    private var tlsPaths: [String] {
        guard let tls = snapshot?.configuration.gateway.tls else { return [] }
        return [tls.certificate, tls.key] + (tls.clientCA.map { [$0] } ?? [])
    }

    /// A file's content; empty if it cannot be read.
    static func content(_ path: String) -> [UInt8] {
        do throws(SystemError) { return try RegularFile.read(path, limit: 64 << 20) } catch { return [] }
    }
}
