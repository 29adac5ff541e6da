import Glibc
public import Policy

/// What proxy.conf says, validated: every name that it refers to exists, every number is in range. Immutable: a reload makes a
/// new one.
public struct Configuration: Sendable {
    public var gateway: GatewaySettings
    public let limits: LimitSettings
    /// When empty, every client that can reach a listener is trusted.
    public let callers: [CallerSettings]
    /// At least one.
    public let tenants: [TenantSettings]
    /// The built-in routes, then those of `[[routes]]`.
    public let routes: [RouteSettings]
    /// Every secret that is used, in the file's order. Nothing here has been read.
    public let secretSources: [SecretReference]
    /// Every file that is referred to otherwise: certificates, keys and authorities.
    public let files: [FileReference]
    /// What is worth a second look, by line.
    public let warnings: [Diagnostic]

    /// A secret and where the file speaks of it.
    public struct SecretReference: Hashable, Sendable {
        /// `tenants.acme.client_secret`
        public let keyPath: String
        public let line: Int?
        public let source: SecretSource
    }

    /// A file and where proxy.conf speaks of it.
    public struct FileReference: Hashable, Sendable {
        /// `gateway.tls.certificate`
        public let keyPath: String
        public let line: Int?
        /// As it is to be opened: a relative path has the configuration's directory in front.
        public let path: String
    }
}

extension Configuration {
    /// Reads and validates a file.
    /// - Parameter path: at most 64 MiB of UTF-8. Relative paths in it are taken from its directory.
    /// - Throws: everything that is wrong with it, not only the first thing; or that it cannot be read.
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

    /// Validates a text.
    /// - Parameter file: what errors call it, and where relative paths in it start from.
    /// - Throws: everything that is wrong with it. If it is no TOML, that alone.
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
                hint: error.hint)
            throw ConfigurationErrors(diagnostics: [diagnostic])
        }
        var reader = ConfigurationReader(document.root, file: file, accounts: accounts)
        return try reader.configuration()
    }
}

extension Configuration {
    /// The secrets and files that this process cannot read now, as `check` reports them: a secret may well arrive later.
    /// - Parameter file: what the diagnostics call the configuration.
    public func unreadableReferences(file: String) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        func add(_ keyPath: String, _ line: Int?, _ message: String) {
            diagnostics.append(Diagnostic(.warning, file: file, line: line, keyPath: keyPath, message: message))
        }
        for reference in secretSources {
            switch reference.source {
            case .file(let path):
                if let problem = Self.problem(reading: path) { add(reference.keyPath, reference.line, problem) }
            case .environment(let name):
                if unsafe getenv(name) == nil { add(reference.keyPath, reference.line, "\(name) is not set") }
            case .literal: break
            }
        }
        for reference in files {
            if let problem = Self.problem(reading: reference.path) { add(reference.keyPath, reference.line, problem) }
        }
        return diagnostics
    }

    private static func problem(reading path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, unsafe access(path, R_OK) == 0 else {
            return "\(quoted(path)) cannot be read: \(unsafe String(cString: strerror(errno)))"
        }
        return status.st_mode & S_IFMT == S_IFREG ? nil : "\(quoted(path)) is not a regular file"
    }
}

extension Configuration {
    /// Why a configuration cannot be served on listeners that are open already.
    public struct UnservedListener: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ listener: ListenerSettings, _ reason: String) {
            description = "\(listener.address) stays open until a restart, but \(reason)"
        }
    }

    /// The same with the listeners that are open already, as those cannot change while the process runs.
    ///
    /// What the file's own listeners were checked for must hold for them, too: the tenant that one serves alone is there, TLS has
    /// its certificate, and no client gains trust that the operator did not grant.
    public func keepingListeners(_ listeners: [ListenerSettings]) throws(UnservedListener) -> Configuration {
        let names = Set(tenants.map(\.name))
        for listener in listeners {
            if let tenant = listener.tenant, !names.contains(tenant) {
                throw UnservedListener(listener, "its tenant \(tenant) is gone")
            }
            if listener.address.isTLS, gateway.tls == nil { throw UnservedListener(listener, "[gateway.tls] is gone") }
            if callers.isEmpty, !gateway.trustNetwork, listener.address.isLocal == false {
                throw UnservedListener(
                    listener, "no callers are configured any more, so every client that can reach it would be trusted")
            }
        }
        var copy = self
        copy.gateway.listen = listeners
        return copy
    }
}

extension Configuration {
    /// The keys whose values differ from those that a process started with, and that it takes up with a restart only: what it has
    /// given up or opened by now, and what its connections were made with.
    /// - Parameter started: the configuration of the start.
    /// - Returns: in the order of the reference, such as `gateway.workers`, `limits.head`.
    public func keysAwaitingRestart(since started: Configuration) -> [String] {
        var keys: [String] = []
        func compare(_ key: String, _ isSame: Bool) { if !isSame { keys.append(key) } }
        compare("gateway.listen", gateway.listen == started.gateway.listen)
        compare("gateway.admin", gateway.admin == started.gateway.admin)
        compare("gateway.workers", gateway.workers == started.gateway.workers)
        compare("gateway.landlock", gateway.landlock == started.gateway.landlock)
        compare("gateway.seccomp", gateway.seccomp == started.gateway.seccomp)
        if let tls = gateway.tls, let before = started.gateway.tls {
            compare("gateway.tls.handshake_timeout", tls.handshakeTimeout == before.handshakeTimeout)
        }
        for field in Schema.limits.fields {
            compare("limits.\(field.name)", field.defaultText(limits) == field.defaultText(started.limits))
        }
        return keys
    }
}
