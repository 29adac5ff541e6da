import Policy

extension ValueReader where Value == SecretSource {
    static let secretForm = "{ file = \"…\" } or { env = \"…\" }"

    /// Where a secret is. A literal passes here; whether it is allowed is decided when the tenant's upstream is known.
    /// Messages never repeat the file's content.
    static let secret = ValueReader(form: secretForm, text: { "\($0)" }) { node, reading in
        if case .string(let text) = node.value {
            guard !text.isEmpty else {
                reading.error("an empty secret", hint: secretForm)
                return nil
            }
            return .literal(text)
        }
        guard case .table(let table) = node.value else {
            reading.expected(secretForm, node)
            return nil
        }
        var draft = SecretDraft()
        Schema.secret.read(table, into: &draft, &reading)
        switch (draft.file, draft.environment) {
        case (let file?, nil): return .file(path: file)
        case (nil, let name?): return .environment(name: name)
        case (nil, nil):
            if table.entries.isEmpty { reading.error("neither file nor env", hint: secretForm) }
            return nil
        case (_?, _?):
            reading.error("both file and env", hint: "only one of them")
            return nil
        }
    }
}

struct SecretDraft {
    var file: String?
    var environment: String?
}

extension Schema {
    static let secret = Section<SecretDraft>(
        "a secret", "",
        [
            Field("file", \.file, .file, "The secret is the file's content without trailing line ends."),
            Field(
                "env", \.environment,
                // It may be the secret itself, so it is not repeated.
                .string("name of an environment variable", hint: "A-Z a-z 0-9 _: the variable's name, not its value") {
                    Names.isEnvironmentVariable($0) ? nil : "not a name of an environment variable"
                },
                "The secret is the variable's value."),
        ])
}
