/// The bodies of the health checks that have little to say.
public enum HealthBodies {
    /// `/livez`: that it is answered at all is the answer.
    public static let live = Array("{\"status\":\"alive\"}\n".utf8)

    /// `/startupz`: 200 once the gateway has started, even when it drains; 503 before.
    public static func startup(_ stage: GatewayStatus.Stage) -> (isStarted: Bool, json: [UInt8]) {
        let isStarted = stage != .starting
        return (isStarted, Array("{\"status\":\"\(isStarted ? "started" : "starting")\"}\n".utf8))
    }
}
