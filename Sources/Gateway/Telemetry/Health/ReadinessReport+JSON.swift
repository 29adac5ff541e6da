import Wire

extension ReadinessReport {
    /// The report as JSON, line feed included.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("status", state.rawValue)
        json.member("ready", ready)
        json.member("version", gateway.version)
        json.texts("missing", gateway.missing)
        let configuration = gateway.configuration
        if configuration.error != nil || !configuration.awaitingRestart.isEmpty {
            json.key("configuration")
            json.beginObject()
            json.member("loaded", configuration.loadedAt.rfc3339)
            if let error = configuration.error { json.member("error", error) }
            if let failedAt = configuration.failedAt { json.member("failed", failedAt.rfc3339) }
            json.texts("awaiting_restart", configuration.awaitingRestart)
            json.endObject()
        }
        json.member("tenants_ready", readyCount)
        json.member("tenants_total", total)
        json.key("tenants")
        json.beginArray()
        for tenant in tenants {
            json.beginObject()
            json.member("tenant", tenant.label.name)
            json.member("ready", tenant.isReady)
            json.texts("missing", tenant.missing)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.bytes.append(UInt8(ascii: "\n"))
        return json.bytes
    }
}

extension JSONWriter {
    /// An array of strings; left out when there are none.
    mutating func texts(_ name: StaticString, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }
}
