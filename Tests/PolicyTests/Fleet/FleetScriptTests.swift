import Policy
import Testing

struct FleetScriptTests {
    @Test func `each script has a name and a digest of its own`() {
        #expect(Set(FleetScript.all.map(\.name)).count == FleetScript.all.count)
        #expect(Set(FleetScript.all.map(\.digest)).count == FleetScript.all.count)
        #expect(FleetScript.all.allSatisfy { $0.digest.count == 40 && $0.digest.allSatisfy(\.isHexDigit) })
    }

    @Test func `scripts touch no keys but those they are given, and ask the store for the time`() {
        for script in FleetScript.all {
            #expect(script.source.contains("redis.call('TIME')"))
            #expect(!script.source.contains("redis.pcall") && !script.source.contains("math.random"))
            for line in script.source.split(separator: "\n") where line.contains("redis.call('H") {
                #expect(line.contains(", key,") || line.contains(", h,") || line.contains(", key)"), "\(script.name): \(line)")
            }
        }
    }

    @Test func `a call goes by digest, and by text when the store does not know it`() {
        let call = ScriptCall(.members, keys: ["k"], ["me", "5"])
        let digest = FleetScript.members.digest
        #expect(call.command() == StoreCommand.bytes(["EVALSHA", digest, "1", "k", "me", "5"]))
        #expect(call.command(whole: true) == StoreCommand.bytes(["EVAL", FleetScript.members.source, "1", "k", "me", "5"]))
    }

    @Test func `replies of other shapes are none of the scripts`() {
        let word = RESPValue.bulk(Array("token".utf8))
        for value in [
            .null, .array([]), .array([word]), .array([word, .null]), .array([word, .integer(1), .integer(2)]), .status([]),
        ] as [RESPValue] {
            #expect(TokenQuestion.Reply(value) == nil)
            #expect(TokenTurn(value) == nil)
            #expect(RateReply(value) == nil)
        }
    }
}
