import Testing

@testable import Wire

struct CharactersTests {
    static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    static let digits = "0123456789"
    static let unreserved = letters + digits + "-._~"
    static let subDelims = "!$&'()*+,;="

    private func members(_ isMember: (UInt8) -> Bool) -> Set<UInt8> { Set((0...255 as ClosedRange<UInt8>).filter(isMember)) }

    @Test func `token characters are those of RFC 9110 section 5_6_2`() {
        #expect(members(\.isTokenCharacter) == Set((Self.letters + Self.digits + "!#$%&'*+-.^_`|~").utf8))
    }

    @Test func `path characters are those of RFC 3986 section 3_3`() {
        #expect(members(\.isPathCharacter) == Set((Self.unreserved + Self.subDelims + ":@/").utf8))
    }

    @Test func `query characters are the visible ones of ASCII but the number and the percent sign`() {
        #expect(members(\.isQueryCharacter) == Set(0x21...0x7E as ClosedRange<UInt8>).subtracting("#%".utf8))
    }

    @Test func `host characters are those of RFC 3986 section 3_2_2`() {
        #expect(members(\.isHostCharacter) == Set((Self.unreserved + Self.subDelims).utf8))
    }

    @Test func `forbidden controls are all but the tab`() {
        #expect(members(\.isForbiddenControl) == Set(0...31 as ClosedRange<UInt8>).subtracting([9]).union([127]))
    }

    @Test func `hexadecimal digits have their value in either case`() {
        for byte in 0...255 as ClosedRange<UInt8> {
            let character = Character(Unicode.Scalar(byte))
            #expect(byte.hexValue.map(Int.init) == (byte < 128 ? character.hexDigitValue : nil))
        }
    }

    @Test func `only ASCII letters have a lower case`() {
        for byte in 0...255 as ClosedRange<UInt8> {
            let isCapital = (0x41...0x5A).contains(byte)
            #expect(byte.lowercased == (isCapital ? byte + 0x20 : byte))
        }
    }

    @Test(arguments: 0..<24)
    func `a forbidden control is found wherever it stands`(position: Int) {
        for byte in 0...255 as ClosedRange<UInt8> {
            for filler in [0x61, 0x09, 0x80, 0xFF, 0x20, 0x7E] as [UInt8] {
                var bytes = [UInt8](repeating: filler, count: 24)
                bytes[position] = byte
                let expected = byte.isForbiddenControl ? position : 24
                #expect(bytes.firstForbiddenControl(from: 0, to: 24) == expected)
                #expect(bytes.firstForbiddenControl(from: position, to: 24) == expected)
                #expect(bytes.firstForbiddenControl(from: 0, to: position) == position)
            }
        }
    }
}
