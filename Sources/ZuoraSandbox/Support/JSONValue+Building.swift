import Wire

extension JSONValue {
    /// An object of the members that have a value.
    static func object(of members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { name, value in value.map { JSONValue.Member(name, $0) } })
    }

    static func int(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }

    /// This object with another member at its end; anything else stays as it is.
    func adding(_ name: String, _ value: JSONValue?) -> JSONValue {
        guard case .object(let members) = self, let value else { return self }
        return .object(members + [Member(name, value)])
    }
}
