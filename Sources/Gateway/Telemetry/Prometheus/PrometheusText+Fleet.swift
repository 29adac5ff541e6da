extension PrometheusText {
    static func write(_ fleet: FleetStatus, to out: inout PrometheusWriter) {
        out.family("fleet_store_up", .gauge, "1 if the fleet's store may be used.")
        out.sample(fleet.state == .up ? 1 : 0)
        out.family("fleet_store_losses_total", .counter, "Losses of the fleet's store, by reason.")
        for (reason, count) in fleet.losses.sorted(by: { $0.key < $1.key }) { out.sample(count, [("reason", reason)]) }
        out.family("fleet_store_commands_total", .counter, "Commands sent to the fleet's store.")
        out.sample(fleet.commands)
        out.family(
            "fleet_tokens_total", .counter,
            "Tokens by origin: fetched for all members, received from another one, or fetched without the store.")
        for (how, count) in fleet.tokens { out.sample(count, [("origin", how)]) }
        out.family("fleet_records_refused_total", .counter, "Records in the store that no member had sealed.")
        out.sample(fleet.refusedRecords)
    }
}
