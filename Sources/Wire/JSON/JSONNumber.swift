/// A number as it is written, so that nothing is lost to rounding.
public struct JSONNumber: Hashable, Sendable {
    /// The digits, sign, point and exponent as in the text.
    public let text: String

    init(text: String) { self.text = text }

    public init(_ value: some BinaryInteger) { text = String(value) }

    /// - Returns: nil when the value is infinite or not a number: JSON has no spelling for it.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = String(describing: value)
    }

    /// The value, if it is written without fraction and exponent and fits.
    public var int: Int? { Int(text) }

    /// The nearest double; nil when beyond the range.
    public var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}
