import Wire

/// The members of a control call's body, consumed one by one; members left at the end are errors.
struct ControlFields {
    private var members: [JSONValue.Member]
    private var known: [String] = []

    /// An empty body is an empty object.
    init(_ request: SandboxRequest) throws(ControlError) {
        guard let body = request.plainBody else { throw ControlError("the body is not gzip") }
        do {
            try self.init(body.isEmpty ? .object([]) : JSONValue(parsing: body), what: "the body")
        } catch let error as ControlError {
            throw error
        } catch {
            throw ControlError("the body is not JSON: \(error)")
        }
    }

    init(_ json: JSONValue, what: String) throws(ControlError) {
        guard let members = json.object else { throw ControlError("\(what) must be a JSON object") }
        self.members = members
    }

    /// The member of that name, of any type; null counts as absent.
    mutating func take(_ name: String) -> JSONValue? {
        known.append(name)
        guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
        let value = members.remove(at: index).value
        return value.isNull ? nil : value
    }

    /// The member of that name as a setting's type.
    mutating func take<Value: SettingValue>(_ name: String, as type: Value.Type = Value.self) throws(ControlError) -> Value? {
        guard let json = take(name) else { return nil }
        guard let value = Value(setting: json) else { throw ControlError("\(name) must be \(Value.expectation)") }
        return value
    }

    mutating func require<Value: SettingValue>(_ name: String, as type: Value.Type = Value.self) throws(ControlError) -> Value {
        guard let value: Value = try take(name) else { throw ControlError("\(name) is missing: \(Value.expectation)") }
        return value
    }

    /// A member that is a list of strings.
    mutating func takeStrings(_ name: String) throws(ControlError) -> [String]? {
        guard let json = take(name) else { return nil }
        let strings = json.array?.compactMap(\.string)
        guard let strings, strings.count == json.array?.count else { throw ControlError("\(name) must be a list of strings") }
        return strings
    }

    /// Rejects members that were not consumed.
    func finish() throws(ControlError) {
        guard let stray = members.first else { return }
        throw ControlError("unknown member \"\(stray.name)\"; expected: \(known.joined(separator: ", "))")
    }
}

/// Why a control call was rejected.
struct ControlError: Error, Hashable, Sendable {
    var message: String

    init(_ message: String) { self.message = message }
}
