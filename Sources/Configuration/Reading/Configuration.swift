public import Policy

/// The validated content of proxy.conf: every name that it refers to exists, every number is in range. Immutable: a reload creates
/// a new one.
public struct Configuration: Sendable {
    public var gateway: GatewaySettings
    public let limits: LimitSettings
    /// The store that is shared with other gateways; nil for none.
    public let fleet: FleetSettings?
    /// When empty, every client that can reach a listener is trusted.
    public let callers: [CallerSettings]
    /// At least one.
    public let tenants: [TenantSettings]
    /// The built-in routes, then those of `[[routes]]`.
    public let routes: [RouteSettings]
    /// References to every secret in use, in file order. The secrets themselves have not been read.
    public let secretSources: [SecretReference]
    /// Other files that are referred to: certificates, keys and certificate authorities.
    public let files: [FileReference]
    /// Warnings, by line.
    public let warnings: [Diagnostic]

    /// A secret and the place that refers to it.
    public struct SecretReference: Hashable, Sendable {
        /// `tenants.acme.client_secret`
        public let keyPath: String
        public let line: Int?
        public let source: SecretSource
        public let use: SecretVerdict.Use
    }

    /// A file and the place in proxy.conf that refers to it.
    public struct FileReference: Hashable, Sendable {
        /// `gateway.tls.certificate`
        public let keyPath: String
        public let line: Int?
        /// The path to open: relative paths are prefixed with the configuration's directory.
        public let path: String
    }
}

extension Configuration {
    /// Reads and validates a file.
    /// - Parameter path: at most 64 MiB of UTF-8. Relative paths in it are relative to its directory.
    /// - Throws: all errors in it, not only the first; or that it cannot be read.
    public static func load(path: String) throws(ConfigurationErrors) -> Configuration {
        let content: [UInt8]
        do throws(FileContent.Problem) {
            content = try FileContent.read(path)
        } catch {
            let diagnostic = Diagnostic(.error, file: path, message: error.message, hint: error.hint)
            throw ConfigurationErrors(diagnostics: [diagnostic])
        }
        return try parse(content, file: path)
    }

    /// Validates a configuration text.
    /// - Parameter file: the name used in errors; relative paths are relative to its directory.
    /// - Throws: all errors in it; only the syntax error if it is not valid TOML.
    public static func parse(text: String, file: String) throws(ConfigurationErrors) -> Configuration {
        try parse(Array(text.utf8), file: file)
    }

    /// - Parameter accounts: finds users and groups by name.
    static func parse(
        _ content: [UInt8], file: String, accounts: @escaping Account.Lookup = { $0.id(of: $1) }
    ) throws(ConfigurationErrors) -> Configuration {
        let document: Document
        do throws(SyntaxError) {
            document = try Document(content)
        } catch {
            let diagnostic = Diagnostic(
                .error, file: file, line: error.position.line, column: error.position.column, message: error.message,
                hint: error.hint
                    ?? OtherFormat(of: content, file: file).map { "the file looks like \($0.rawValue): it must be TOML" })
            throw ConfigurationErrors(diagnostics: [diagnostic])
        }
        var reader = ConfigurationReader(document.root, file: file, accounts: accounts)
        return try reader.configuration()
    }
}

extension Configuration {
    /// Why a configuration cannot be served on the listeners that are already open.
    public struct UnservedListener: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ listener: ListenerSettings, _ reason: String) {
            description = "\(listener.address) stays open until restart, but \(reason)"
        }
    }

    /// The same configuration with the listeners that are already open, since those cannot change while the process runs.
    ///
    /// The checks on the file's listeners also apply to them: the tenant of a single-tenant listener exists, TLS has
    /// its certificate, and no client becomes trusted without the operator's intent.
    public func keepingListeners(_ listeners: [ListenerSettings]) throws(UnservedListener) -> Configuration {
        let names = Set(tenants.map(\.name))
        for listener in listeners {
            if let tenant = listener.tenant, !names.contains(tenant) {
                throw UnservedListener(listener, "its tenant \(tenant) was removed")
            }
            if listener.address.isTLS, gateway.tls == nil { throw UnservedListener(listener, "[gateway.tls] was removed") }
            if callers.isEmpty, !gateway.trustNetwork, listener.address.isLocal == false {
                throw UnservedListener(
                    listener, "callers are no longer configured, so every client that can reach it would be trusted")
            }
        }
        var copy = self
        copy.gateway.listen = listeners
        return copy
    }
}

extension Configuration {
    /// The keys whose values differ from those that a process started with and that only take effect after a restart: privileges it
    /// has dropped, sockets it has opened, and settings its connections were created with.
    /// - Parameter started: the configuration of the start.
    /// - Returns: in the order of the reference, such as `gateway.workers`, `limits.head`.
    public func keysAwaitingRestart(since started: Configuration) -> [String] {
        var keys: [String] = []
        func compare(_ key: String, _ isSame: Bool) { if !isSame { keys.append(key) } }
        compare("gateway.listen", gateway.listen == started.gateway.listen)
        compare("gateway.admin", gateway.admin == started.gateway.admin)
        compare("gateway.workers", gateway.workers == started.gateway.workers)
        compare("gateway.tracing", gateway.tracing == started.gateway.tracing)
        compare("gateway.log_format", gateway.logFormat == started.gateway.logFormat)
        compare("gateway.landlock", gateway.landlock == started.gateway.landlock)
        compare("gateway.seccomp", gateway.seccomp == started.gateway.seccomp)
        if let tls = gateway.tls, let before = started.gateway.tls {
            compare("gateway.tls.handshake_timeout", tls.handshakeTimeout == before.handshakeTimeout)
        }
        compare("fleet", fleet == started.fleet)
        for field in Schema.limits.fields {
            compare("limits.\(field.name)", field.defaultText(limits) == field.defaultText(started.limits))
        }
        return keys
    }
}
