import Policy

/// Reads the tables of the file in the order in which they depend on each other, then looks at them together.
struct ConfigurationReader {
    let root: NodeTable
    var reading: Reading
    var gateway = GatewaySettings()
    var limits = LimitSettings()
    var upstream = UpstreamSettings(url: "")
    var callers: [CallerSettings] = []
    var tenants: [TenantSettings] = []
    /// Those of `[[routes]]`.
    var routes: [RouteSettings] = []
    var secretSources: [Configuration.SecretReference] = []
    var files: [Configuration.FileReference] = []
    /// Names of all tenants in the file, those with errors included, so that one mistake is not reported twice.
    var tenantNames = Set<String>()
    var routeNames = Set(RouteSettings.builtIn.map(\.name))

    init(_ document: Document, file: String) {
        root = document.root
        let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
        reading = Reading(report: Report(file: file, root: document.root), directory: directory)
    }

    mutating func configuration() throws(ConfigurationErrors) -> Configuration {
        for key in root.entries.map(\.key) where !Schema.topLevel.contains(key) {
            reading.at(.key(key)) { $0.unknownKey(key, known: Schema.topLevel, in: "") }
        }
        readSection("gateway", Schema.gateway, \.gateway)
        readSection("limits", Schema.limits, \.limits)
        readSection("upstream", Schema.upstream, \.upstream)
        reading.at(.key("upstream")) { [upstream] in $0.checkPairs(of: upstream) }
        readRoutes()
        readTenants()
        readCallers()
        checkGateway()
        checkListeners()
        checkCallers()
        collectReferences()
        guard !reading.report.hasErrors else { throw ConfigurationErrors(diagnostics: reading.report.sorted()) }
        return Configuration(
            gateway: gateway, limits: limits, callers: callers, tenants: tenants, routes: RouteSettings.builtIn + routes,
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

    private mutating func readRoutes() {
        guard let entry = root["routes"] else { return }
        var shapes: [String: String] = [:]
        for route in RouteSettings.builtIn { shapes[route.method + RoutePattern.shape(route.path)] = route.name }
        let builtIn = routeNames
        reading.at(.key("routes")) { reading in
            guard case .array(let array) = entry.node.value else {
                reading.expected("an array of tables", entry.node, hint: "[[routes]]")
                return
            }
            for (index, element) in array.elements.enumerated() {
                reading.at(.index(index)) { reading in
                    guard let table = reading.table(element) else { return }
                    var draft = RouteDraft()
                    Schema.route.read(table, into: &draft, &reading)
                    if let name = draft.name { routeNames.insert(name) }
                    guard let route = draft.settings else { return }
                    if builtIn.contains(route.name) {
                        reading.at(.key("name")) { $0.error("\(quoted(route.name)) is built in", hint: "another name") }
                    }
                    if let other = shapes.updateValue(route.name, forKey: route.method + RoutePattern.shape(route.path)) {
                        reading.at(.key("path")) { $0.error("\(route.method) of the same paths is \(quoted(other)) already") }
                    }
                    routes.append(route)
                }
            }
        }
    }

    private mutating func readTenants() {
        guard let entry = root["tenants"] else {
            reading.error("no tenant: nothing can be forwarded", hint: "[tenants.acme]")
            return
        }
        let upstream = upstream
        reading.at(.key("tenants")) { reading in
            guard let table = reading.table(entry.node) else { return }
            if table.entries.isEmpty { reading.error("no tenant: nothing can be forwarded", hint: "[tenants.acme]") }
            for entry in table.entries {
                tenantNames.insert(entry.key)
                reading.at(.key(entry.key)) { reading in
                    if let problem = ValueReader<String>.nameProblem(entry.key) { reading.error(problem) }
                    guard let table = reading.table(entry.node) else { return }
                    var draft = TenantDraft(name: entry.key, defaults: upstream)
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
}

extension Reading {
    /// Reports those of `names`, the values of `key`, that there are not.
    mutating func checkNames(_ names: [String], at key: String, exist: Set<String>, what: String) {
        for name in names where !exist.contains(name) {
            let hint = report.didYouMean(name, exist)
            at(.key(key)) { $0.error("there is no \(what) \(quoted(name))", hint: hint) }
        }
    }
}
