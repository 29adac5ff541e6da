import Foundation
import Testing

@testable import Gateway

@Suite struct ProblemTypeTests {
    /// The table in docs/phases.md, which scripts/check-problem-types.py compares with the sources.
    @Test func `the problem types are those of the documentation`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/phases.md")
            .standardizedFileURL
        let text = try String(contentsOf: page, encoding: .utf8)
        let rows = text.matches(of: /(?m)^\| `([a-z-]+)` \| ([0-9 ]+|the upstream's) \| ([a-z, ]+) \| (.*) \|$/).map { match in
            [match.1, match.2, match.3, match.4].map(String.init)
        }
        #expect(rows.count > 60)
        let types = ProblemType.allCases.map { type in
            [
                type.name, type.statuses.isEmpty ? "the upstream's" : type.statuses.map { "\($0)" }.joined(separator: " "),
                type.phases.joined(separator: ", "),
                type.meaning,
            ]
        }
        for (row, type) in zip(rows, types) { #expect(row == type) }
        #expect(rows.count == types.count)
    }

    @Test func `programs get each with its URI`() throws {
        let problems = try #require(try object(ProblemType.json)["problems"] as? [[String: Any]])
        #expect(problems.count == ProblemType.allCases.count)
        let quota = problems.first { $0["type"] as? String == "urn:problem-type:zuora-gateway:quota" }
        #expect(quota?["statuses"] as? [Int] == [429] && quota?["phases"] as? [String] == ["admit"])
    }
}
