/// A date, a time of day or both (RFC 3339), in the Gregorian calendar from year 1 on. A minute has no leap second.
package struct DateTime: Hashable, Sendable {
    package private(set) var date: Date?
    package private(set) var time: Time?
    /// Minutes east of UTC; nil for local time.
    package private(set) var offset: Int?

    package struct Date: Hashable, Sendable {
        package let year: Int
        package let month: Int
        package let day: Int
    }

    package struct Time: Hashable, Sendable {
        package let hour: Int
        package let minute: Int
        package let second: Int
        /// Further digits of a second are dropped.
        package let microsecond: Int
    }

    /// - Returns: nil unless all of `word` is a date or time that exists.
    init?(_ word: String) {
        var rest = Array(word.utf8)[...]
        if let numbers = Self.take("dddd-dd-dd", from: &rest) {
            guard let date = Self.date(numbers) else { return nil }
            self.date = date
            guard let separator = rest.popFirst() else { return }
            guard "Tt ".utf8.contains(separator) else { return nil }
        }
        guard let numbers = Self.take("dd:dd:dd", from: &rest),
            let microsecond = Self.takeFraction(from: &rest), numbers[0] < 24, numbers[1] < 60, numbers[2] < 60
        else { return nil }
        time = Time(hour: numbers[0], minute: numbers[1], second: numbers[2], microsecond: microsecond)
        if date != nil, !rest.isEmpty {
            guard let offset = Self.takeOffset(from: &rest) else { return nil }
            self.offset = offset
        }
        guard rest.isEmpty else { return nil }
    }

    /// Whether a word begins like a date or time.
    static func isMeant(by word: String) -> Bool {
        var rest = Array(word.utf8)[...]
        return take("dddd-", from: &rest) != nil || take("dd:", from: &rest) != nil
    }

    private static func date(_ numbers: [Int]) -> Date? {
        let (year, month, day) = (numbers[0], numbers[1], numbers[2])
        guard year > 0, (1...12).contains(month) else { return nil }
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length = month == 2 ? (isLeapYear ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
        guard (1...length).contains(day) else { return nil }
        return Date(year: year, month: month, day: day)
    }

    /// `.5`, in microseconds; 0 if there is no fraction.
    private static func takeFraction(from rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.first == .dot else { return 0 }
        let digits = rest.dropFirst().prefix(while: \.isDigit)
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(1 + digits.count)
        let zeros = repeatElement(UInt8(ascii: "0"), count: 6)
        return (Array(digits) + zeros).prefix(6).reduce(0) { $0 * 10 + Int($1 &- 0x30) }
    }

    /// `Z`, `+02:00` or `-07:00`.
    private static func takeOffset(from rest: inout ArraySlice<UInt8>) -> Int? {
        guard let sign = rest.popFirst() else { return nil }
        if sign | 0x20 == UInt8(ascii: "z") { return 0 }
        guard sign == .plus || sign == .hyphen, let numbers = take("dd:dd", from: &rest), numbers[0] < 24, numbers[1] < 60 else {
            return nil
        }
        return (sign == .plus ? 1 : -1) * (numbers[0] * 60 + numbers[1])
    }

    /// Takes a text of the shape, in which each run of `d` stands for a number of as many digits.
    /// - Returns: the numbers; nil, with nothing taken, if the text has another shape.
    private static func take(_ shape: String, from rest: inout ArraySlice<UInt8>) -> [Int]? {
        guard rest.count >= shape.utf8.count else { return nil }
        var numbers: [Int] = []
        var isInNumber = false
        for (mark, byte) in zip(shape.utf8, rest) {
            if mark == UInt8(ascii: "d") {
                guard byte.isDigit else { return nil }
                let digit = Int(byte &- 0x30)
                numbers.append((isInNumber ? numbers.popLast() ?? 0 : 0) * 10 + digit)
                isInNumber = true
            } else {
                guard byte == mark else { return nil }
                isInNumber = false
            }
        }
        rest = rest.dropFirst(shape.utf8.count)
        return numbers
    }
}
