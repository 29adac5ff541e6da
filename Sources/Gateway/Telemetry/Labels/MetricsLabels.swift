/// What metrics may be labelled with. All of it comes from the configuration, so that no caller can make series grow.
public struct MetricsLabels: Sendable {
    public var tenants = LabelTable()
    public var routes = LabelTable()

    public init() {}
}
