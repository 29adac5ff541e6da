import Policy

extension PrometheusText {
    static func write(_ fleet: FleetStatus, to out: inout PrometheusWriter) {
        out.family("fleet_store_up", .gauge, "1 if the fleet's store can be used.")
        out.sample(fleet.state == .up ? 1 : 0)
        out.family("fleet_store_losses_total", .counter, "Losses of the fleet's store, by reason.")
        for reason in StoreHealth.Loss.names { out.sample(fleet.losses[reason] ?? 0, [("reason", reason)]) }
        out.family("fleet_store_commands_total", .counter, "Commands sent to the fleet's store.")
        out.sample(fleet.commands)
        out.family("fleet_store_command_seconds_total", .counter, "Seconds until the replies of the fleet's store, in total.")
        out.sample(fleet.commandSeconds)
        out.family(
            "fleet_tokens_total", .counter,
            "Tokens by origin: fetched for all members, received from another one, or fetched without the store.")
        for (how, count) in fleet.tokens { out.sample(count, [("origin", how)]) }
        out.family("fleet_records_refused_total", .counter, "Records in the store that no member encrypted.")
        out.sample(fleet.refusedRecords)
        if let pauses = fleet.pauses {
            out.family(
                "fleet_pauses_total", .counter, "Pauses that Zuora asked any member for, by reason.")
            for reason in PauseReason.allCases.map(\.rawValue) { out.sample(pauses[reason] ?? 0, [("reason", reason)]) }
        }
        guard let lanes = fleet.lanes else { return }
        out.family("fleet_members", .gauge, "Members of the fleet that the store has counted in the last 90 s; 0 if unknown.")
        out.sample(fleet.members ?? 0)
        out.family(
            "fleet_slots", .gauge,
            "Slots of the fleet by tenant, entity and kind: leased to this gateway, used by it, free, and held for lost members.")
        for lane in lanes {
            for (kind, count) in [("leased", lane.leased), ("used", lane.used), ("free", lane.free), ("held", lane.held)] {
                out.sample(count, [("tenant", lane.tenant), ("entity", lane.entity ?? ""), ("kind", kind)])
            }
        }
        out.family("fleet_leases_lost_total", .counter, "Leases of slots that ended before they were renewed.")
        out.sample(fleet.lostLeases)
    }
}
