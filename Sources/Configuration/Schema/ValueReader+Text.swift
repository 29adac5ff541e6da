import Policy

extension ValueReader where Value == String {
    /// - Parameter problem: what is wrong with a text; nil if nothing is.
    static func string(_ form: String, problem: @escaping @Sendable (String) -> String?) -> Self {
        ValueReader(form: form, text: quoted) { node, reading in
            guard case .string(let text) = node.value else {
                reading.expected("a string", node)
                return nil
            }
            if let problem = problem(text) {
                reading.error(problem)
                return nil
            }
            return text
        }
    }

    /// A file; a relative path is taken from the directory that the configuration is in.
    static let file = ValueReader(form: "path", text: quoted) { node, reading in
        guard case .string(let text) = node.value else {
            reading.expected("a path, a string", node)
            return nil
        }
        guard !text.isEmpty, text.utf8.count < 4096 else {
            reading.error(text.isEmpty ? "an empty path" : "longer than the 4095 bytes that a path may have")
            return nil
        }
        return reading.resolve(text)
    }

    /// The name of a tenant, an entity or a route: whether there is one of that name is seen when all is read.
    static let name = string("name", problem: nameProblem)

    static func nameProblem(_ name: String) -> String? {
        Names.isName(name) ? nil : "\(quoted(name)) is no name: \(Names.nameForm)"
    }
}

extension ValueReader where Value: Sendable {
    /// One of a few words, each with what it stands for.
    static func words(_ words: [(word: String, value: Value)]) -> Self where Value: Equatable {
        let all = words.map { quoted($0.word) }.joined(separator: ", ")
        return ValueReader(
            form: words.count == 1 ? all : "one of \(all)",
            text: { value in words.first { $0.value == value }.map { quoted($0.word) } ?? "" }
        ) { node, reading in
            guard case .string(let text) = node.value else {
                reading.expected("one of \(all)", node)
                return nil
            }
            guard let found = words.first(where: { $0.word == text }) else {
                let hint = reading.report.didYouMean(text, words.map(\.word))
                reading.error("\(quoted(text)) is none of \(all)", hint: hint)
                return nil
            }
            return found.value
        }
    }

    static func choice() -> Self where Value: RawRepresentable<String> & CaseIterable & Equatable {
        words(Value.allCases.map { ($0.rawValue, $0) })
    }
}

extension ValueReader {
    /// An array of at least one value, none of them twice. One value alone needs no brackets.
    static func list<Element: Hashable & SendableMetatype>(of reader: ValueReader<Element>) -> Self where Value == [Element] {
        ValueReader(form: "array of: \(reader.form)", text: { "[" + $0.map(reader.text).joined(separator: ", ") + "]" }) {
            node, reading in
            guard case .array(let array) = node.value else {
                return reader.read(node, &reading).map { [$0] }
            }
            if array.elements.isEmpty {
                reading.error("an empty array")
                return nil
            }
            var values: [Element] = []
            var seen = Set<Element>()
            for (index, element) in array.elements.enumerated() {
                reading.at(.index(index)) { reading in
                    guard let value = reader.read(element, &reading) else { return }
                    if seen.insert(value).inserted {
                        values.append(value)
                    } else {
                        reading.error("listed twice: \(reader.text(value))")
                    }
                }
            }
            return values
        }
    }
}
