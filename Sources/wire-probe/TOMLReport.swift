import Configuration

/// What Configuration reads in the bytes of a file, as JSON: a table is `{"table":[[KEY,VALUE],…]}` in the file's order, an array
/// is one, and everything else is a string with its type in front. Text is in hexadecimal.
enum TOMLReport {
    static func report(_ bytes: some Sequence<UInt8>) -> String {
        do throws(SyntaxError) {
            return #"{"value":\#(value(.table(try Document(Array(bytes)).root)))}"#
        } catch {
            let text = "\(error.position.line):\(error.position.column): \(error.message)"
            return #"{"error":"\#(hex(text))"}"#
        }
    }

    private static func value(_ value: Node.Value) -> String {
        switch value {
        case .string(let text): return #""string:\#(hex(text))""#
        case .integer(let number): return #""integer:\#(number)""#
        case .float(let number): return #""float:\#(number.isNaN ? "nan" : String(number.bitPattern, radix: 16))""#
        case .boolean(let flag): return #""boolean:\#(flag)""#
        case .dateTime(let dateTime): return #""datetime:\#(parts(of: dateTime))""#
        case .array(let elements): return "[" + elements.map { self.value($0.value) }.joined(separator: ",") + "]"
        case .table(let table):
            let pairs = table.entries.map { #"["\#(hex($0.key))",\#(self.value($0.node.value))]"# }
            return #"{"table":[\#(pairs.joined(separator: ","))]}"#
        }
    }

    /// Year, month, day, hour, minute, second, microsecond and minutes east of UTC; `-` for what is not there.
    private static func parts(of dateTime: DateTime) -> String {
        let date = dateTime.date.map { [$0.year, $0.month, $0.day] }
        let time = dateTime.time.map { [$0.hour, $0.minute, $0.second, $0.microsecond] }
        let all: [Int?] = (date ?? [nil, nil, nil]) + (time ?? [nil, nil, nil, nil]) + [dateTime.offset]
        return all.map { $0.map(String.init) ?? "-" }.joined(separator: " ")
    }

    private static func hex(_ text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: text.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
