import Network
import Policy
import Wire

/// What all workers share of one tenant.
final class TenantState: Sendable {
    let settings: TenantSettings
    let target: UpstreamTarget
    let tokens: TokenSource
    let admission: TenantAdmission
    /// nil: cancels are not shared.
    let coalescer: Coalescer?
    let responseMode: GzipMode
    let requestMode: GzipMode

    init(_ settings: TenantSettings, target: UpstreamTarget, tokens: TokenSource, admission: TenantAdmission) {
        self.settings = settings
        self.target = target
        self.tokens = tokens
        self.admission = admission
        coalescer = settings.coalesce ? Coalescer() : nil
        responseMode = GzipMode(settings.gzip.response)
        requestMode = GzipMode(settings.gzip.request)
    }

    var name: String { settings.name }
}

extension GzipMode {
    init(_ mode: GzipSettings.Mode) {
        self =
            switch mode {
            case .auto: .auto
            case .always: .always
            case .never: .never
            }
    }
}
