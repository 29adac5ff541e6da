import Policy

/// Reads the file's tables in dependency order, then checks them against each other.
struct ConfigurationReader {
    private let root: Table
    private var reading: Reading
    private var gateway = GatewaySettings()
    private var limits = LimitSettings()
    private var upstream = UpstreamDraft()
    private var defaults = TenantDefaults()
    private var fleetDraft = FleetDraft()
    private var fleet: FleetSettings?
    private var callers: [CallerSettings] = []
    private var tenants: [TenantSettings] = []
    /// The routes of `[[routes]]`.
    private var routes: [RouteSettings] = []
    private var secretSources: [Configuration.SecretReference] = []
    private var files: [Configuration.FileReference] = []
    /// Names of all tenants in the file, those with errors included, so that one mistake is not reported twice.
    private var tenantNames = Set<String>()
    private var routeNames = Set(RouteSettings.builtIn.map(\.name))

    init(_ root: Table, file: String, accounts: @escaping Account.Lookup) {
        self.root = root
        let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
        reading = Reading(report: Report(file: file, root: root), directory: directory, accounts: accounts)
    }

    mutating func configuration() throws(ConfigurationErrors) -> Configuration {
        for key in root.entries.map(\.key) where !Schema.topLevel.contains(key) {
            reading.at(.key(key)) { $0.unknownKey(key, known: Schema.topLevel, in: "") }
        }
        readSection("gateway", Schema.gateway, \.gateway)
        readSection("limits", Schema.limits, \.limits)
        readSection("upstream", Schema.upstream, \.upstream)
        readDefaults()
        readFleet()
        readRoutes()
        readTenants()
        readCallers()
        checkFleet()
        checkGateway()
        checkForwardHeaders()
        AccessCheck(root: root, gateway: gateway, callers: callers, tenantNames: tenantNames).run(&reading)
        collectReferences()
        guard !reading.report.hasErrors else { throw ConfigurationErrors(diagnostics: reading.report.sorted()) }
        return Configuration(
            gateway: gateway, limits: limits, fleet: fleet, callers: callers, tenants: tenants,
            routes: RouteSettings.builtIn + routes,
            secretSources: secretSources, files: files, warnings: reading.report.sorted())
    }

    private mutating func readSection<Root>(
        _ key: String, _ section: Section<Root>, _ path: WritableKeyPath<ConfigurationReader, Root>
    ) {
        guard let entry = root[key] else { return }
        var value = self[keyPath: path]
        reading.at(.key(key)) { reading in
            if let table = reading.table(entry.node) { section.read(table, into: &value, &reading) }
        }
        self[keyPath: path] = value
    }

    /// Checks `[upstream]`, for the tenants that do not override it.
    private mutating func readDefaults() {
        let upstream = upstream
        defaults.upstream = upstream.settings
        defaults.hub = reading.at(.key("upstream")) { reading in
            reading.checkPairs(of: upstream.settings)
            return upstream.hub.resolve(upstream.settings, &reading)
        }
        defaults.hasHub = reading.report.has(["upstream", "gateway"])
    }

    private mutating func readFleet() {
        readSection("fleet", Schema.fleet, \.fleetDraft)
        let draft = fleetDraft
        fleet = reading.at(.key("fleet")) { draft.resolve(&$0) }
    }

    private mutating func readRoutes() {
        guard let entry = root["routes"] else { return }
        var shapes: [String: String] = [:]
        for route in RouteSettings.builtIn { shapes[route.method + RoutePath.shape(route.path)] = route.name }
        let builtIn = routeNames
        reading.at(.key("routes")) { reading in
            guard case .array(let elements) = entry.node.value else {
                reading.expected("an array of tables", entry.node, hint: "[[routes]]")
                return
            }
            for (index, element) in elements.enumerated() {
                reading.at(.index(index)) { reading in
                    guard let table = reading.table(element) else { return }
                    var draft = RouteDraft()
                    Schema.route.read(table, into: &draft, &reading)
                    if let name = draft.name { routeNames.insert(name) }
                    guard let route = draft.settings else { return }
                    if builtIn.contains(route.name) {
                        reading.at(.key("name")) {
                            $0.error("\(quoted(route.name)) is a built-in route", hint: "choose another name")
                        }
                    }
                    if let other = shapes.updateValue(route.name, forKey: route.method + RoutePath.shape(route.path)) {
                        reading.at(.key("path")) { $0.error("\(route.method) on the same paths is already \(quoted(other))") }
                    }
                    routes.append(route)
                }
            }
        }
    }

    private mutating func readTenants() {
        guard let entry = root["tenants"] else {
            reading.error("no tenants: nothing can be forwarded", hint: "[tenants.acme]")
            return
        }
        let defaults = defaults
        reading.at(.key("tenants")) { reading in
            guard let table = reading.table(entry.node) else { return }
            if table.entries.isEmpty { reading.error("no tenants: nothing can be forwarded", hint: "[tenants.acme]") }
            for entry in table.entries {
                tenantNames.insert(entry.key)
                reading.at(.key(entry.key)) { reading in
                    if let problem = ValueReader<String>.nameProblem(entry.key) { reading.error(problem) }
                    guard let table = reading.table(entry.node) else { return }
                    var draft = TenantDraft(name: entry.key, defaults: defaults)
                    Schema.tenant.read(table, into: &draft, &reading)
                    reading.checkNames(draft.settings.routes, at: "routes", exist: routeNames, what: "route")
                    if let tenant = draft.resolve(&reading) { tenants.append(tenant) }
                }
            }
        }
    }

    private mutating func readCallers() {
        guard let entry = root["callers"] else { return }
        reading.at(.key("callers")) { reading in
            guard let table = reading.table(entry.node) else { return }
            for entry in table.entries {
                reading.at(.key(entry.key)) { reading in
                    if let problem = ValueReader<String>.nameProblem(entry.key) { reading.error(problem) }
                    guard let table = reading.table(entry.node) else { return }
                    var caller = CallerSettings(name: entry.key)
                    Schema.caller.read(table, into: &caller, &reading)
                    reading.checkNames(caller.tenants ?? [], at: "tenants", exist: tenantNames, what: "tenant")
                    reading.checkNames(caller.routes ?? [], at: "routes", exist: routeNames, what: "route")
                    callers.append(caller)
                }
            }
        }
    }

    /// Checks tenants' keys that depend on `[fleet]`.
    private mutating func checkFleet() {
        let share = reading.report.has(["fleet"]) ? fleet?.share : nil
        // A section with an error says nothing of what is shared.
        guard share != nil || !reading.report.has(["fleet"]) else { return }
        for tenant in tenants {
            let admission = tenant.admission
            if admission.fleetConcurrency != nil { checkFleet(tenant, "fleet_concurrency", .slots, share) }
            if admission.fleetRate != nil { checkFleet(tenant, "fleet_rate", .rates, share) }
        }
    }

    private mutating func checkFleet(
        _ tenant: TenantSettings, _ key: String, _ what: FleetSettings.Shared, _ share: [FleetSettings.Shared]?
    ) {
        guard share?.contains(what) != true else { return }
        let problem = share == nil ? "has no effect without [fleet]" : "has no effect unless [fleet] shares \(what.rawValue)"
        reading.at(.key("tenants")) { reading in
            reading.at(.key(tenant.name)) { reading in reading.at(.key(key)) { $0.warning(problem) } }
        }
    }

    /// Checks keys of `[gateway]` and `[limits]` that depend on each other or on a tenant.
    private mutating func checkGateway() {
        let (gateway, limits, tenantNames, routes) = (gateway, limits, tenantNames, RouteSettings.builtIn + routes)
        reading.at(.key("gateway")) { reading in
            if let name = gateway.defaultTenant {
                reading.checkNames([name], at: "default_tenant", exist: tenantNames, what: "tenant")
            }
            if let path = gateway.healthPath, let route = routes.first(where: { RoutePath.matches($0.path, path) }) {
                reading.at(.key("health_path")) { $0.error("a path of the route \(quoted(route.name))") }
            }
            if let tracing = gateway.tracing, tracing.headersFile != nil, let url = try? UpstreamURL(tracing.endpoint),
                url.scheme == "http", !url.isLoopback
            {
                reading.report.error(
                    ["gateway", "tracing", "headers"], "http:// to another machine: the fields could be read in transit",
                    hint: "https://\(url.bracketedHost)")
            }
            if gateway.minDrain > gateway.drain {
                reading.at(.key("min_drain")) {
                    $0.error("longer than drain (\(DurationText.text(gateway.drain))), which it is part of")
                }
            }
        }
        if limits.target > limits.head {
            reading.report.error(["limits", "target"], "larger than head (\(SizeText.text(limits.head))), which it is part of")
        }
    }

    /// A separate step, because the tenant header is itself configurable.
    private mutating func checkForwardHeaders() {
        let header = gateway.tenantHeader
        let common: TOMLPath = ["upstream"]
        let lists = [(common, upstream.settings.forwardHeaders)]
        for (path, names) in lists + tenants.map({ (["tenants", $0.name] as TOMLPath, $0.upstream.forwardHeaders) })
        where reading.report.has(path + "forward_headers") {
            for name in names where ListedFields.problem(of: name, tenantHeader: header) != nil {
                reading.report.error(path + "forward_headers", "\(quoted(name)) is the tenant_header, which is never forwarded")
            }
        }
    }

    /// Lists the secrets and files that the configuration refers to, with their lines.
    private mutating func collectReferences() {
        if let tls = gateway.tls {
            let path: TOMLPath = ["gateway", "tls"]
            addFile(tls.certificate, path + "certificate")
            addFile(tls.key, path + "key")
            addFile(tls.clientCA, path + "client_ca")
        }
        if let tracing = gateway.tracing {
            addFile(tracing.headersFile, ["gateway", "tracing", "headers"])
            addFile(tracing.caFile, ["gateway", "tracing", "ca_file"])
        }
        addFiles(of: upstream.settings, ["upstream"])
        if let fleet {
            addFiles(of: fleet.connection, ["fleet"])
            if let password = fleet.password { addSecret(password, .clientSecret, ["fleet", "password"]) }
            if let password = fleet.sentinelPassword { addSecret(password, .clientSecret, ["fleet", "sentinel_password"]) }
            if let key = fleet.key { addSecret(key, .clientSecret, ["fleet", "key"]) }
        }
        if let key = defaults.hub?.key { addSecret(key, .bearerToken, ["upstream", "gateway_key"]) }
        for tenant in tenants {
            let path: TOMLPath = ["tenants", tenant.name]
            addFiles(of: tenant.upstream, path)
            switch tenant.credential {
            case .client(_, let secret): addSecret(secret, .clientSecret, path + "client_secret")
            case .token(let token): addSecret(token, .bearerToken, path + "token")
            case .hub(let key?) where reading.report.has(path + "gateway_key"):
                addSecret(key, .bearerToken, path + "gateway_key")
            case .hub: break
            }
        }
    }

    private mutating func addSecret(_ source: SecretSource, _ use: SecretVerdict.Use, _ path: TOMLPath) {
        secretSources.append(.init(keyPath: "\(path)", line: path.line(in: root), source: source, use: use))
    }

    /// Lists only what the table at `path` sets: inherited values are listed where they are set.
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

extension Reading {
    /// Reports those of `names`, the values of `key`, that do not exist.
    mutating func checkNames(_ names: [String], at key: String, exist: Set<String>, what: String) {
        for name in names where !exist.contains(name) {
            let hint = report.didYouMean(name, exist)
            at(.key(key)) { $0.error("there is no \(what) \(quoted(name))", hint: hint) }
        }
    }
}
