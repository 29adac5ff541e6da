/// How a value of one type is read, checked and shown.
struct ValueReader<Value>: Sendable {
    /// The type and its range, for the reference.
    let form: String
    /// The value as the file would write it.
    let text: @Sendable (Value) -> String
    /// nil after it has reported what is wrong.
    let read: @Sendable (Node, inout Reading) -> Value?
}

extension ValueReader where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let limits = "\(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
        return ValueReader(form: "duration, \(limits)", text: { "\"\(DurationText.text($0))\"" }) { node, reading in
            guard case .string(let text) = node.value else {
                var hint: String?
                if case .integer(let number) = node.value { hint = "add a unit: \"\(number)s\" or \"\(number)ms\"" }
                reading.expected("a duration: \(DurationText.form)", node, hint: hint)
                return nil
            }
            guard let duration = DurationText.parse(text) else {
                reading.error("\(quoted(text)) is no duration", hint: DurationText.form)
                return nil
            }
            guard range.contains(duration) else {
                reading.error("\(quoted(text)) is out of range", hint: limits)
                return nil
            }
            return duration
        }
    }
}

extension ValueReader where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        let limits = "\(range.lowerBound) to \(range.upperBound)"
        return ValueReader(form: "integer, \(limits)", text: { "\($0)" }) { node, reading in
            guard case .integer(let number) = node.value else {
                reading.expected("an integer", node)
                return nil
            }
            guard range.contains(number) else {
                reading.error("\(number) is out of range", hint: limits)
                return nil
            }
            return number
        }
    }

    static func size(_ range: ClosedRange<Int>) -> Self {
        let limits = "\(SizeText.text(range.lowerBound)) to \(SizeText.text(range.upperBound))"
        return ValueReader(form: "size, \(limits)", text: { "\"\(SizeText.text($0))\"" }) { node, reading in
            guard case .string(let text) = node.value else {
                var hint: String?
                if case .integer(let number) = node.value { hint = "add a unit: \"\(SizeText.text(number))\"" }
                reading.expected("a size: \(SizeText.form)", node, hint: hint)
                return nil
            }
            guard let bytes = SizeText.parse(text) else {
                reading.error("\(quoted(text)) is no size", hint: SizeText.form)
                return nil
            }
            guard range.contains(bytes) else {
                reading.error("\(quoted(text)) is out of range", hint: limits)
                return nil
            }
            return bytes
        }
    }
}

extension ValueReader where Value == Double {
    /// `"20%"`, kept as 0.2.
    static func percentage(from least: Int) -> Self {
        ValueReader(form: "percentage, \(least)% to 100%", text: percentageText) { node, reading in
            guard case .string(let text) = node.value, let (number, unit) = splitQuantity(text), unit == "%",
                (Double(least)...100).contains(number)
            else {
                reading.error("expected a percentage from \"\(least)%\" to \"100%\"", hint: "such as \"20%\"")
                return nil
            }
            return number / 100
        }
    }

    private static let percentageText: @Sendable (Double) -> String = { share in
        let percent = share * 100
        return percent == percent.rounded() ? "\"\(Int(percent))%\"" : "\"\(percent)%\""
    }

    /// An integer or a float, as with a rate.
    static func number(_ range: ClosedRange<Double>) -> Self {
        let text: @Sendable (Double) -> String = { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }
        let limits = "\(text(range.lowerBound)) to \(text(range.upperBound))"
        return ValueReader(form: "number, \(limits)", text: text) { node, reading in
            let number: Double
            switch node.value {
            case .integer(let integer): number = Double(integer)
            case .float(let float): number = float
            default:
                reading.expected("a number", node)
                return nil
            }
            guard range.contains(number) else {
                reading.error("\(number) is out of range", hint: limits)
                return nil
            }
            return number
        }
    }
}

extension ValueReader where Value == Bool {
    static let boolean = ValueReader(form: "true or false", text: { "\($0)" }) { node, reading in
        guard case .boolean(let value) = node.value else {
            reading.expected("true or false", node)
            return nil
        }
        return value
    }
}
