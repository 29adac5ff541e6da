public import Logging
public import Policy

extension Logger.Level {
    /// The configuration's `log_level`.
    public init(_ level: GatewaySettings.LogLevel) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}
