import Testing

@testable import Policy

@Suite struct RoutePatternTests {
    @Test(arguments: [
        "", "a", "//", "/a//b", "/a/../b", "/.", "/a;b", "/a%2Fb", "/a b", "/{", "/{}", "/a{x}", "/{x}y", "/{a-b}", "/{a}/{a}",
        "/é",
        "/" + Array(repeating: "a", count: 17).joined(separator: "/"),
        "/" + (0..<9).map { "{p\($0)}" }.joined(separator: "/"),
    ])
    func `a bad pattern is a problem of the configuration`(_ path: String) {
        let route = RouteSettings(name: "r", method: "GET", path: path, isIdempotent: true)
        #expect(Sample.problems(routes: RouteSettings.builtIn + [route]) == ["routes.r.path"])
    }

    @Test(arguments: ["/", "/a", "/a/", "/{x}", "/a.b/~c/{x_1}/", "/" + (0..<8).map { "{p\($0)}" }.joined(separator: "/")])
    func `a good one is none`(_ path: String) {
        let route = RouteSettings(name: "r", method: "GET", path: path, isIdempotent: true)
        #expect(Sample.problems(routes: RouteSettings.builtIn + [route]).isEmpty)
    }

    @Test func `two routes for one method and path, and a method that is no token, are problems`() {
        let routes: [RouteSettings] = [
            .init(name: "a", method: "GET", path: "/x/{a}", isIdempotent: true),
            .init(name: "b", method: "GET", path: "/x/{b}", isIdempotent: true),
            .init(name: "c", method: "G T", path: "/y", isIdempotent: true),
        ]
        #expect(Sample.problems(routes: RouteSettings.builtIn + routes) == ["routes.b", "routes.c.method"])
    }

    @Test func `a set holds what was put into it`() {
        var set = RouteSet()
        for index in [0, 63, 64, 200] { set.insert(index) }
        for index in 0..<300 { #expect(set.contains(index) == [0, 63, 64, 200].contains(index)) }
    }
}
