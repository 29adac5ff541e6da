import Policy

/// `gateway` and `gateway_key` as written, in `[upstream]` or in a tenant's table.
struct HubDraft {
    var gateway: String?
    var key: SecretSource?
}

/// Another gateway in the place of a data centre.
struct Hub {
    var url: UpstreamURL
    /// nil if the hub knows this gateway by its client certificate.
    var key: SecretSource?
}

/// `[upstream]` as written.
struct UpstreamDraft {
    var settings = UpstreamSettings(url: "")
    var hub = HubDraft()
}

/// What a tenant has from `[upstream]`.
struct TenantDefaults {
    var upstream = UpstreamSettings(url: "")
    /// Whether `[upstream]` has a `gateway`, although `hub` is nil if that is not valid.
    var hasHub = false
    var hub: Hub?
}

extension Schema {
    static let hubKeys: [Field<HubDraft>] = [
        Field(
            "gateway", \.gateway, .string("URL") { $0.isEmpty ? "an empty URL" : nil },
            """
            The URL of a hub, another zuora-gateway, instead of `upstream` or `environment` and a credential: `https://host` or \
            `https://host:port`; `http://` on loopback only. The hub needs the tenant under the same name, and the same \
            `tenant_header`. See [fleets](fleet.md#hub).
            """, example: #""https://hub.shop.svc:8443""#),
        Field(
            "gateway_key", \.key, .secret,
            """
            A reference to the key that this gateway, as one of the hub's `[callers]`, sends to the `gateway` of the same table. \
            Absent: the hub identifies this gateway by `client_certificate`, or trusts every client.
            """, example: #"{ file = "/var/run/secrets/zuora-gateway/hub-key" }"#),
    ]
}

extension HubDraft {
    /// The hub of the table at `reading`'s path; nil without a `gateway`, and after reporting an error.
    /// - Parameter upstream: the table's connection settings.
    func resolve(_ upstream: UpstreamSettings, _ reading: inout Reading) -> Hub? {
        guard let gateway else {
            if reading.isAbsent("gateway"), !reading.isAbsent("gateway_key") {
                reading.at(.key("gateway_key")) { $0.error("a key without a gateway", hint: "gateway = \"https://hub:8443\"") }
            }
            return nil
        }
        guard let url = reading.at(.key("gateway"), { $0.secureURL(gateway, isPathAllowed: false) }) else { return nil }
        reading.checkSecret(key, at: "gateway_key", isLiteralAllowed: url.isLoopback)
        if key == nil, reading.isAbsent("gateway_key"), upstream.clientCertificate == nil, !url.isLoopback {
            reading.at(.key("gateway")) {
                $0.warning("neither gateway_key nor client_certificate", hint: "a hub accepts only callers that it knows")
            }
        }
        return Hub(url: url, key: key)
    }
}

extension TenantDraft {
    /// Keys of a tenant that are set at the hub instead: all but those of the way to it, and of what is done before.
    private static let keysOfTheHub = Schema.tenantOnly.keys.filter {
        !["upstream", "environment", "routes", "gzip"].contains($0)
    }

    /// The tenant, with the hub that serves it; nil after reporting an error.
    func resolve(at hub: Hub?, _ reading: inout Reading) -> TenantSettings? {
        for key in Self.keysOfTheHub where !reading.isAbsent(key) {
            reading.at(.key(key)) { $0.error("not allowed with a gateway", hint: "set it in the hub's configuration") }
        }
        reading.checkPairs(of: settings.upstream)
        guard let hub else { return nil }
        var settings = settings
        settings.upstream.url = hub.url.origin
        settings.token = TokenSettings(url: hub.url.origin + "/oauth/token")
        settings.credential = .hub(key: hub.key)
        settings.breaker = nil
        return settings
    }
}
