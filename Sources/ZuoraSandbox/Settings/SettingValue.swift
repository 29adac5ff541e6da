import Wire

/// A setting that the control call can read and write.
protocol SettingValue {
    init?(setting: JSONValue)
    var setting: JSONValue { get }
    /// The expected form, for errors.
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
extension TokenResponse: SettingValue {}
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
    /// More than any test needs; sums and products of such numbers do not overflow.
    private static let largestSetting = 1_000_000_000_000

    init?(setting: JSONValue) {
        guard let value = setting.int, (0...Self.largestSetting).contains(value) else { return nil }
        self = value
    }

    var setting: JSONValue { .int(self) }

    static var expectation: String { "an integer from 0 to \(largestSetting)" }
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

/// Reads a size: `100`, `64KiB`, `10MiB`, `2GiB` (also `KB`, `MB`, `GB` in thousands).
func byteSize(_ text: some StringProtocol) -> Int? {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000)]
    for (unit, factor) in units where text.hasSuffix(unit) {
        guard let number = Int(text.dropLast(unit.utf8.count)), number >= 0 else { return nil }
        let (size, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : size
    }
    guard let size = Int(text), size >= 0 else { return nil }
    return size
}

extension Duration {
    /// Reads a number with its unit: `500ms`, `1.5s`, `2m`, `1h`. Never negative.
    init?(unitText text: some StringProtocol) {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        for (unit, seconds) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.utf8.count)), number >= 0, number * seconds <= 1e9 else { return nil }
            self = .nanoseconds(Int64(number * seconds * 1e9))
            return
        }
        return nil
    }

    /// The inverse of `init(unitText:)`, in milliseconds or seconds.
    var unitText: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
