import Testing
import Wire

@Suite struct MemberTests {
    @Test func `members written by another program are read`() throws {
        // python3 -c 'import gzip; print(gzip.compress(b"hello, hello, gateway", mtime=0).hex())', and of b"".
        let hello: [UInt8] = [
            0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xD7, 0x51, 0xC8,
            0x80, 0x50, 0xE9, 0x89, 0x25, 0xA9, 0xE5, 0x89, 0x95, 0x00, 0x1E, 0xDE, 0x9A, 0x11, 0x15, 0x00, 0x00, 0x00,
        ]
        let empty: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(try decode(hello) == Array("hello, hello, gateway".utf8))
        #expect(try decode(empty).isEmpty)
        #expect(try decode(hello + empty + hello) == Array("hello, hello, gatewayhello, hello, gateway".utf8))
    }

    enum Option: CaseIterable {
        case none, extra, emptyExtra, longExtra, name, emptyName, comment, headerCRC, text, all

        func set(_ member: inout Member) {
            switch self {
            case .none: break
            case .extra: member.extra = [0x41, 0x42, 2, 0, 9, 9]
            case .emptyExtra: member.extra = []
            case .longExtra: member.extra = Array(repeating: 0x1F, count: 65_535)
            case .name: member.name = "jobs.json"
            case .emptyName: member.name = ""
            case .comment: member.comment = "by hand"
            case .headerCRC: member.headerCRC = true
            case .text: member.flags = 1
            case .all: for option in [Option.extra, .name, .comment, .headerCRC, .text] { option.set(&member) }
            }
        }
    }

    @Test(arguments: Option.allCases)
    func `a header's options are passed over`(option: Option) throws {
        var member = Member("data")
        option.set(&member)
        #expect(try decode(member.bytes) == Array("data".utf8))
        #expect(try decode(member.bytes, with: Inflater(), input: { 1 }) == Array("data".utf8))
        #expect(try decode(member.bytes + member.bytes) == Array("datadata".utf8))
    }

    @Test func `a header that does not match its checksum is corrupt`() {
        var member = Member("data")
        member.headerCRC = true
        member.headerCRCError = 1
        #expect(fault(member.bytes) == .corrupt)
    }

    @Test(arguments: [0x20, 0x40, 0x80] as [UInt8])
    func `a reserved flag is corrupt`(flag: UInt8) {
        var member = Member("data")
        member.flags = flag
        #expect(fault(member.bytes) == .corrupt)
    }

    @Test func `a method other than deflate is corrupt`() {
        var member = Member("data")
        member.method = 7
        #expect(fault(member.bytes) == .corrupt)
    }

    @Test func `several members are one body`() throws {
        let parts = ["one ", "", "two ", "three"]
        let body = parts.flatMap { Member($0).bytes }
        #expect(try decode(body) == Array("one two three".utf8))
    }

    @Test func `an empty member is an empty body`() throws {
        #expect(try decode(Member("").bytes).isEmpty)
        #expect(try decode(Array(repeating: Member("").bytes, count: 100).flatMap { $0 }).isEmpty)
    }

    @Test func `the state says where a body may end`() throws {
        let inflater = try Inflater()
        let member = Member("data").bytes
        var output: [UInt8] = []
        #expect(try inflater.inflate([], to: &output, room: 9).state == .needsInput)
        #expect(try inflater.inflate(Array(member.dropLast()), to: &output, room: 9).state == .needsInput)
        #expect(try inflater.inflate(Array(member.suffix(1)), to: &output, room: 9).state == .finished)
        #expect(try inflater.inflate([], to: &output, room: 9).state == .finished)
        try inflater.finish()
        #expect(try inflater.inflate(Array(member.prefix(1)), to: &output, room: 9).state == .needsInput)
        #expect(throws: GzipError.truncated) { try inflater.finish() }
    }

    @Test func `no room for output is no error`() throws {
        let inflater = try Inflater()
        var output: [UInt8] = []
        let progress = try inflater.inflate(Member("data").bytes, to: &output, room: 0)
        #expect(progress == Progress(consumed: 0, produced: 0, state: .outputFull))
    }
}
