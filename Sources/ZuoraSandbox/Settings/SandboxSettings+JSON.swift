import Wire

/// A setting by its name in the control call.
private struct SettingKey {
    let name: String
    let read: (SandboxSettings) -> JSONValue
    /// Returns nil, or the expected type.
    let write: (inout SandboxSettings, JSONValue) -> String?

    init<Value: SettingValue>(_ name: String, _ path: WritableKeyPath<SandboxSettings, Value>) {
        self.name = name
        read = { $0[keyPath: path].setting }
        write = { settings, json in
            guard let value = Value(setting: json) else { return Value.expectation }
            settings[keyPath: path] = value
            return nil
        }
    }
}

extension SandboxSettings {
    private static var keys: [SettingKey] {
        [
            SettingKey("submitted_for", \.submittedFor), SettingKey("executing_for", \.executingFor),
            SettingKey("records", \.records), SettingKey("cancel_finished", \.cancelFinished),
            SettingKey("cancel_cancelled", \.cancelCancelled), SettingKey("cancel_unknown", \.cancelUnknown),
            SettingKey("auth_refusal", \.authRefusal), SettingKey("write_refusal", \.writeRefusal),
            SettingKey("entity_refusal_status", \.entityRefusalStatus), SettingKey("entity_hex", \.entityHex),
            SettingKey("single_entity_header", \.singleEntityHeader), SettingKey("stray_org_header", \.strayOrgHeader),
            SettingKey("illegal_track_id", \.illegalTrackID),
            SettingKey("idempotency_key_on_delete", \.idempotencyKeyOnDelete),
            SettingKey("concurrency_limit", \.concurrencyLimit), SettingKey("rate_per_minute", \.ratePerMinute),
            SettingKey("rate_per_hour", \.ratePerHour), SettingKey("rate_per_day", \.ratePerDay),
            SettingKey("token_rate_per_peer", \.tokenRatePerPeer), SettingKey("token_rate_per_tenant", \.tokenRatePerTenant),
            SettingKey("quota_retry_after", \.quotaRetryAfter), SettingKey("file_limit", \.fileLimit),
            SettingKey("token_answer", \.tokenResponse), SettingKey("gzip", \.gzip),
            SettingKey("gzip_threshold", \.gzipThreshold),
            SettingKey("framing", \.framing), SettingKey("server", \.server), SettingKey("saw", \.saw),
            SettingKey("book_limit", \.bookLimit),
        ]
    }

    /// All settings, as returned by the control call.
    var json: JSONValue { .object(Self.keys.map { JSONValue.Member($0.name, $0.read(self)) }) }

    /// Applies the object's settings; `cancel_variant` sets all three `cancel_…`. On an error nothing is changed.
    mutating func apply(_ json: JSONValue) throws(ControlError) {
        guard let members = json.object else { throw ControlError("the body must be a JSON object of settings") }
        var changed = self
        let keys = Self.keys
        for member in members {
            let names =
                member.name == "cancel_variant" ? ["cancel_finished", "cancel_cancelled", "cancel_unknown"] : [member.name]
            for name in names {
                guard let key = keys.first(where: { $0.name == name }) else {
                    throw ControlError("unknown setting \"\(name)\"; expected: \(keys.map(\.name).joined(separator: ", "))")
                }
                if let expected = key.write(&changed, member.value) { throw ControlError("\(member.name) must be \(expected)") }
            }
        }
        self = changed
    }
}
