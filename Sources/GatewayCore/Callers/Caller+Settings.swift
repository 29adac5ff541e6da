extension Caller {
    init(_ settings: CallerSettings, tenants: ByteTable, routes: RouteTable, problems: inout [PolicyProblem]) {
        name = settings.name
        self.tenants = settings.tenants.map { names in
            var indices = Set<Int>()
            for name in names {
                let bytes = Array(name.utf8)
                if let index = tenants.index(of: bytes.span, bytes.indices) {
                    indices.insert(index)
                } else {
                    problems.append(PolicyProblem("callers.\(settings.name).tenants", "there is no tenant \"\(name)\""))
                }
            }
            return indices
        }
        self.routes = settings.routes.map { names in
            routes.set(of: names, key: "callers.\(settings.name).routes", problems: &problems)
        }
    }
}
