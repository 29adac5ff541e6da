import Testing

@testable import Policy

@Suite struct RoutePatternTests {
    @Test(arguments: [
        "", "a", "//", "/a//b", "/a/../b", "/.", "/a;b", "/a%2Fb", "/a b", "/{", "/{}", "/a{x}", "/{x}y", "/{a-b}", "/{a}/{a}",
        "/é",
        "/" + Array(repeating: "a", count: 17).joined(separator: "/"),
        "/" + (0..<9).map { "{p\($0)}" }.joined(separator: "/"),
    ])
    func `a bad pattern is refused`(_ path: String) {
        #expect(throws: RoutePattern.Malformed.self) { try RoutePattern(path) }
    }

    @Test(arguments: ["/", "/a", "/a/", "/{x}", "/a.b/~c/{x_1}/", "/" + (0..<8).map { "{p\($0)}" }.joined(separator: "/")])
    func `a good one is taken`(_ path: String) throws {
        #expect(try RoutePattern(path).segments.count == path.count { $0 == "/" })
    }

    @Test func `a set holds what was put into it`() {
        var set = RouteSet()
        for index in [0, 63, 64, 200] { set.insert(index) }
        for index in 0..<300 { #expect(set.contains(index) == [0, 63, 64, 200].contains(index)) }
    }
}
