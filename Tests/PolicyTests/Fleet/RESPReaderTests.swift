import Policy
import Testing

struct RESPReaderTests {
    /// Every kind of reply, one after another, and what they are.
    private static let wire =
        "+OK\r\n-ERR no such thing\r\n:-42\r\n$5\r\na\r\nb\u{0}\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$1\r\nx\r\n*0\r\n$-1\r\n+\r\n"
    private static let replies: [RESPValue] = [
        .status(Array("OK".utf8)), .error(Array("ERR no such thing".utf8)), .integer(-42), .bulk(Array("a\r\nb\u{0}".utf8)),
        .bulk([]),
        .null, .null, .array([]), .array([.integer(1), .array([.bulk([0x78]), .array([])]), .null]), .status([]),
    ]

    private func failure(_ text: String, limit: Int = 1 << 16, depth: Int = 4) -> RESPReader.Failure? {
        readReplies([Array(text.utf8)[...]], limit: limit, depth: depth).failure
    }

    @Test func `replies are the same wherever they are cut`() {
        let wire = Array(Self.wire.utf8)
        for cut in 0...wire.count {
            let (values, failure) = readReplies([wire[..<cut], wire[cut...]])
            #expect(values == Self.replies)
            #expect(failure == nil)
        }
        #expect(readReplies(wire.map { [$0] }).values == Self.replies)
    }

    @Test func `what is no reply is refused`() {
        for text in ["?", "%1\r\n", "\r\n", "PONG"] { #expect(failure(text) == .unknownType(text.utf8.first ?? 0), "\(text)") }
        for text in [
            ":\r\n", ":1x\r\n", ":-\r\n", ":9223372036854775808\r\n", "$-2\r\n", "*-2\r\n", "$ 1\r\n", ":1 \r\n", "*1.0\r\n",
            ":+7\r\n", ":07\r\n", ":-0\r\n",
        ] {
            #expect(failure(text) == .badNumber, "\(text)")
        }
        #expect(readReplies([Array(":-9223372036854775808\r\n:0\r\n".utf8)[...]]).values == [.integer(.min), .integer(0)])
        for text in ["+a\nb\r\n", "+a\rb\r\n", "$1\r\nabc\r\n"] { #expect(failure(text) == .badEnd, "\(text)") }
    }

    @Test func `what is refused is refused wherever it is cut`() {
        for text in ["+a\nb\r\n", "+a\rb\r\n", "$1\r\nabc\r\n", ":1\n2\r\n", "*1\r\n%0\r\n"] {
            let wire = Array(text.utf8)
            let whole = failure(text)
            #expect(whole != nil)
            for cut in 0...wire.count {
                #expect(readReplies([wire[..<cut], wire[cut...]]).failure == whole, "\(text) at \(cut)")
            }
        }
    }

    @Test func `nothing is read after an error`() {
        var reader = RESPReader()
        reader.receive(Array("?\r\n".utf8))
        #expect(throws: RESPReader.Failure.unknownType(0x3F)) { try reader.next() }
        reader.receive(Array("+OK\r\n".utf8))
        #expect(throws: RESPReader.Failure.unknownType(0x3F)) { try reader.next() }
        #expect(!reader.isIdle)
    }

    @Test func `a reply is bounded before memory is set aside for it`() {
        #expect(failure("$9223372036854775807\r\n") == .tooLarge)
        #expect(failure("*9223372036854775807\r\n") == .tooLarge)
        #expect(failure("$100\r\n", limit: 100) == .tooLarge)
        #expect(failure("*30\r\n", limit: 100) == .tooLarge)
        #expect(failure("+" + String(repeating: "x", count: 200), limit: 100) == .tooLarge)
        // Many short replies are no long one.
        let short = String(repeating: "$10\r\n0123456789\r\n", count: 50)
        #expect(failure(short, limit: 100) == nil)
        #expect(failure("*7\r\n" + short, limit: 100) == .tooLarge)
    }

    @Test func `arrays are nested as deep as allowed and no deeper`() {
        #expect(failure("*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n") == nil)
        #expect(failure("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n") == .tooDeep)
    }

    @Test func `a reader is idle only between replies`() throws {
        var reader = RESPReader()
        #expect(reader.isIdle)
        for (piece, isIdle) in [
            ("*2\r\n", false), (":1\r\n", false), ("$2\r\n", false), ("ab", false), ("\r\n", true), ("+", false),
        ] {
            reader.receive(Array(piece.utf8))
            _ = try reader.next()
            #expect(reader.isIdle == isIdle, "\(piece)")
        }
    }

    @Test func `a command is an array of bulk strings`() {
        #expect(StoreCommand.bytes(["SET", "k\r\n", ""]) == Array("*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$0\r\n\r\n".utf8))
    }

    @Test func `errors are told apart by their code`() {
        let cases: [(String, StoreError)] = [
            ("NOSCRIPT No matching script.", .unknownScript),
            ("MOVED 3999 127.0.0.1:6381", .moved(host: "127.0.0.1", port: 6381)),
            ("ASK 1 fd00::1:6381", .ask(host: "fd00::1", port: 6381)), ("MOVED 3999 nowhere", .other("MOVED")),
            ("MOVED 3999 h:99999", .other("MOVED")), ("MOVED", .other("MOVED")),
            ("READONLY You can't write", .readOnly), ("NOREPLICAS Not enough", .readOnly), ("LOADING Redis is loading", .loading),
            ("OOM command not allowed", .outOfMemory), ("NOAUTH Authentication required.", .unauthenticated),
            ("WRONGPASS invalid", .unauthenticated), ("NOPERM no permissions", .forbidden), ("BUSY Redis is busy", .busy),
            // Inside a script: Redis 6, 7.0, and Valkey with Redis since 7.2.
            (
                "ERR Error running script (call to f_1): @user_script:1: The user executing the script can't run this command or "
                    + "subcommand", .forbidden
            ),
            (
                "ERR The user executing the script can't run this command or subcommand script: fd1f, on @user_script:1.",
                .forbidden
            ),
            ("ERR The user executing the script can't access at least one of the keys mentioned", .forbidden),
            (
                "ERR ACL failure in script: User zg has no permissions to run the 'hget' command script: on @user_script:1.",
                .forbidden
            ),
            ("ERR ACL failure in script: No permissions to access a key script: on @user_script:1.", .forbidden),
            ("ERR unknown command 'X'", .other("ERR")),
            ("CLUSTERDOWN Hash slot", .clusterDown), ("TRYAGAIN Multiple keys", .tryAgain), ("", .other("")),
        ]
        for (text, error) in cases {
            #expect(StoreError(Array(text.utf8)) == error, "\(text)")
            #expect(StoreHealth.Loss.names.contains(StoreHealth.Loss.refused(error).name))
        }
    }
}
