import Testing
import Wire

@testable import Policy

@Suite struct GatewayKeyTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives the digests of FIPS 180-4`(_ text: String, _ hex: String) throws {
        let digest = try #require(Sample.digest(text))
        #expect(digest.hex == hex)
        #expect(SHA256Digest(hex: hex.uppercased()) == digest)
        #expect(SHA256Digest(bytes: digest.bytes) == digest)
    }

    @Test(arguments: [
        "", "ab", String(repeating: "a", count: 63), String(repeating: "a", count: 65), String(repeating: "g", count: 64),
    ])
    func `only 64 hexadecimal digits are a digest`(_ hex: String) {
        #expect(SHA256Digest(hex: hex) == nil)
    }

    @Test func `digests that differ in any one bit are different`() throws {
        let digest = try #require(Sample.digest("abc"))
        for bit in 0..<256 {
            var bytes = digest.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(SHA256Digest(bytes: bytes) != digest)
        }
    }

    @Test func `a generated key is accepted by its hash, and shows neither in text nor in a mirror`() throws {
        var random = SplitMix64(seed: 3)
        let key = try #require(GatewayKey.generate(using: &random))
        #expect(key.text.utf8.count == 42)
        #expect(key.text.hasPrefix("zgk_"))
        let caller = Sample.caller("a") { $0.keyHashes = [SHA256Digest(hex: key.sha256Hex)?.bytes ?? []] }
        let policy = Sample.policy(callers: [caller])
        let found = policy.callers.caller(withKey: Array(key.text.utf8).span)
        #expect(found == 0)
        #expect(!"\(key)".contains(key.text))
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains(key.text))
    }

    @Test func `generated keys use all 32 characters in every place`() throws {
        var random = SplitMix64(seed: 4)
        let keys = (0..<500).compactMap { _ in GatewayKey.generate(using: &random)?.text }
        #expect(Set(keys).count == 500)
        for position in 4..<42 { #expect(Set(keys.map { Array($0.utf8)[position] }).count == 32) }
    }
}
