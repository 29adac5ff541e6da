import Policy

extension ConfigurationReader {
    /// Keys of `[gateway]` and `[limits]` that only make sense together, or with a tenant.
    mutating func checkGateway() {
        let (gateway, limits, tenantNames) = (gateway, limits, tenantNames)
        reading.at(.key("gateway")) { reading in
            if let name = gateway.defaultTenant {
                reading.checkNames([name], at: "default_tenant", exist: tenantNames, what: "tenant")
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
}
