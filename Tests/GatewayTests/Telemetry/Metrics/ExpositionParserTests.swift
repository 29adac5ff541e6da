import Testing

@testable import Gateway

@Suite struct ExpositionParserTests {
    private static let head = "# HELP a_total Things.\n# TYPE a_total counter\n"
    private static let histogram = "# HELP h Times.\n# TYPE h histogram\n"

    @Test(arguments: [
        "a_total 1\n", head + "a_total 1", head, head + "a_total one\n", head + "b_total 1\n", head + "a_total 1\na_total 2\n",
        head + "a_total{x=\"1\",} 1\n", head + "a_total{} 1\n", head + "a_total{x=\"a\"b\"} 1\n", head + "a_total{x=\"\\t\"} 1\n",
        head + "a_total{x=\"1\",x=\"2\"} 1\n", head + "a_total -1\n", head + "a_total 1\n\n", head + head + "a_total 1\n",
        "# TYPE a_total counter\na_total 1\n", "# HELP a Things.\n# TYPE a counter\na 1\n",
        histogram + "h_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n", histogram + "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n",
        histogram + "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
        histogram + "h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
        histogram + "h_bucket{le=\"+Inf\"} 1\nh_count 1\n",
    ])
    func `the reader that the other tests trust refuses what is not valid`(text: String) {
        #expect(throws: ExpositionParser.Problem.self) { try ExpositionParser(Array(text.utf8)) }
    }

    @Test func `it reads what is valid`() throws {
        let text = Self.head + "a_total{x=\"q\\\"b\\\\n\\n\"} 1\n"
        let samples = try ExpositionParser(Array(text.utf8)).samples
        #expect(samples == [.init(name: "a_total", labels: ["x": "q\"b\\n\n"], value: 1)])
    }
}
