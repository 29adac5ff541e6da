import Policy

extension TenantDraft {
    /// The entities to choose from and the one that stands when none is chosen; nil after an error.
    func resolveEntities(_ reading: inout Reading) -> (all: [TenantSettings.Entity], standard: TenantSettings.Entity?)? {
        guard let all = distinctEntities(&reading) else { return nil }
        guard let entity else { return (all, nil) }
        if let named = all.first(where: { $0.name == entity }) { return (all, named) }
        let id = EntityID.normalise(entity)
        if let id, let identified = all.first(where: { $0.id == id }) { return (all, identified) }
        let isOnly = reading.isAbsent("entities")
        return reading.at(.key("entity")) { reading in
            if let id {
                guard isOnly else {
                    reading.error("\(quoted(entity)) is not in entities")
                    return nil
                }
                let only = TenantSettings.Entity(name: entity, id: id, spelling: entity)
                return ([only], only)
            }
            let hint = reading.report.didYouMean(entity, all.map(\.name))
            reading.error("\(quoted(entity)) is neither a name in entities nor an id", hint: hint)
            return nil
        }
    }

    private func distinctEntities(_ reading: inout Reading) -> [TenantSettings.Entity]? {
        var names: [String: String] = [:]
        var isDistinct = true
        for entity in entities {
            reading.at(.key("entities")) { reading in
                reading.at(.key(entity.name)) { reading in
                    if let other = names.updateValue(entity.name, forKey: entity.id) {
                        isDistinct = false
                        reading.error("the same id as \(quoted(other))")
                    }
                    if let id = EntityID.normalise(entity.name), id != entity.id {
                        isDistinct = false
                        reading.error("a name that reads as another entity's id")
                    }
                }
            }
        }
        return isDistinct ? entities : nil
    }
}
