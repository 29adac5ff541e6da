import Wire

@testable import Gateway

extension Samples {
    static func gateway(_ stage: GatewayStatus.Stage = .running) -> GatewayStatus {
        GatewayStatus(
            version: "1.4.0", stage: stage, startedAt: WallTime(nanoseconds: time.nanoseconds - 90_000_000_000), now: time,
            configuration: ConfigurationStatus(loadedAt: time))
    }
}
