import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct ReplyBodyTests {
    private static func slices(_ body: SandboxBody, compresses: Bool, limit: Int) throws -> [[UInt8]] {
        var source = try ReplyBody(body, compresses: compresses)
        var slices: [[UInt8]] = []
        while let slice = try source.next(limit) { slices.append(slice) }
        return slices
    }

    @Test(arguments: [0, 1, 999, 65536, 65537, 300_000], [1000, Int.max])
    func `a body's slices are the body, and none is long`(count: Int, limit: Int) throws {
        let content = SyntheticContent(count: count, seed: 5)
        let whole = content.bytes(0..<count)
        for body in [SandboxBody.bytes(whole), .synthetic(content)] {
            let plain = try Self.slices(body, compresses: false, limit: limit)
            #expect(plain.allSatisfy { $0.count <= min(limit, 64 << 10) } && Array(plain.joined()) == whole)
            let gzip = try Self.slices(body, compresses: true, limit: limit)
            #expect(gzip.allSatisfy { $0.count <= min(limit, 64 << 10) })
            #expect(try Bench.inflate(Array(gzip.joined())) == whole)
        }
    }

    @Test func `only a body that is not compressed has a length before it is made`() throws {
        #expect(try ReplyBody(.bytes([1, 2]), compresses: false).length == 2)
        #expect(try ReplyBody(.bytes([1, 2]), compresses: true).length == nil)
    }

    @Test func `no step of a bomb takes long`() throws {
        var bomb = try ReplyBody(.synthetic(SyntheticContent(count: 8 << 30, seed: 0, kind: .zeros)), compresses: true)
        // A step looks at 64 KiB at most, so a few of them cannot have come to the end of 8 GiB.
        for _ in 0..<50 {
            let slice = try bomb.next(.max)
            #expect(slice != nil)
        }
    }
}
