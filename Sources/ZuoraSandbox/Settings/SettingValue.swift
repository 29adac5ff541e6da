import Wire

/// A value that the control call can read and set.
protocol SettingValue {
    init?(setting: JSONValue)
    var setting: JSONValue { get }
    /// What may be given, for the error that says so.
    static var expectation: String { get }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    init?(setting: JSONValue) {
        guard let text = setting.string else { return nil }
        self.init(rawValue: text)
    }

    var setting: JSONValue { .string(rawValue) }

    static var expectation: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
}

extension Leniency: SettingValue {}
extension TrackIDLeniency: SettingValue {}
extension AuthRefusal: SettingValue {}
extension WriteRefusal: SettingValue {}
extension RefusalShape: SettingValue {}
extension TokenAnswer: SettingValue {}
extension Delivery.Framing: SettingValue {}

extension Bool: SettingValue {
    init?(setting: JSONValue) {
        guard let value = setting.bool else { return nil }
        self = value
    }

    var setting: JSONValue { .bool(self) }

    static var expectation: String { "true or false" }
}

extension Int: SettingValue {
    init?(setting: JSONValue) {
        guard let value = setting.int, value >= 0 else { return nil }
        self = value
    }

    var setting: JSONValue { .int(self) }

    static var expectation: String { "an integer from 0" }
}

extension String: SettingValue {
    init?(setting: JSONValue) {
        guard let value = setting.string else { return nil }
        self = value
    }

    var setting: JSONValue { .string(self) }

    static var expectation: String { "a string" }
}

extension Duration: SettingValue {
    init?(setting: JSONValue) {
        guard let text = setting.string else { return nil }
        self.init(unitText: text)
    }

    var setting: JSONValue { .string(unitText) }

    static var expectation: String { "a duration with its unit, such as \"500ms\" or \"2s\"" }
}
