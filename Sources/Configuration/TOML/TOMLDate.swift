/// The shape of TOML's dates and times (RFC 3339, with parts left out). The calendar is TOMLKit's.
enum TOMLDate {
    static func hasShape(_ word: String) -> Bool {
        var rest = Array(word.utf8)[...]
        if takeShape("dddd-dd-dd", from: &rest) {
            if rest.isEmpty { return true }
            guard let separator = rest.popFirst(), "Tt ".utf8.contains(separator), takeTime(from: &rest) else { return false }
            return rest.isEmpty || rest.elementsEqual("Z".utf8) || rest.elementsEqual("z".utf8)
                || takeOffset(from: &rest) && rest.isEmpty
        }
        return takeTime(from: &rest) && rest.isEmpty
    }

    private static func takeTime(from rest: inout ArraySlice<UInt8>) -> Bool {
        guard takeShape("dd:dd:dd", from: &rest) else { return false }
        guard rest.first == .dot else { return true }
        let count = rest.dropFirst().prefix(while: \.isDigit).count
        rest = rest.dropFirst(1 + count)
        return count > 0
    }

    private static func takeOffset(from rest: inout ArraySlice<UInt8>) -> Bool {
        takeShape("+dd:dd", from: &rest) || takeShape("-dd:dd", from: &rest)
    }

    /// Takes a text of the shape, in which `d` stands for a digit.
    private static func takeShape(_ shape: String, from rest: inout ArraySlice<UInt8>) -> Bool {
        let count = shape.utf8.count
        guard rest.count >= count,
            zip(shape.utf8, rest).allSatisfy({ $0 == UInt8(ascii: "d") ? $1.isDigit : $0 == $1 })
        else { return false }
        rest = rest.dropFirst(count)
        return true
    }
}
