extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }

    public init(booleanLiteral value: Bool) { self = .bool(value) }

    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }

    public init(stringLiteral value: String) { self = .string(value) }

    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// The first of several members of the same name stays.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var members: [Member] = []
        for (name, value) in elements where !members.contains(where: { $0.name == name }) {
            members.append(Member(name, value))
        }
        self = .object(members)
    }
}
