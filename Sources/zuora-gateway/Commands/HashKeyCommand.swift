import ArgumentParser
import CommandSupport
import Policy

struct HashKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-key", abstract: "Make a key for a caller, and the hash of it that proxy.conf holds.",
        discussion: """
            Without an argument a new key is made and printed, this once: give it to the caller, who sends it as X-Gateway-Key or as \
            Authorization: Bearer. The other line goes into the caller's table in proxy.conf. Several hashes in the list let keys \
            rotate: add the new one, hand it out, take the old one away.

            Example:     zuora-gateway hash-key
            Of a file:   zuora-gateway hash-key - < key.txt
            """)

    @Argument(help: ArgumentHelp("A key that exists already; - reads it from standard input.", valueName: "key"))
    var text: String?

    func run() throws {
        guard let text else {
            var random = SystemRandomNumberGenerator()
            guard let key = GatewayKey.generate(using: &random) else { throw ExitCode(1) }
            print(key.text)
            print(Self.line(key))
            return
        }
        let known: String
        do throws(TextFile) {
            known = text == "-" ? try TextFile.read("-") : text
        } catch {
            throw ValidationError(error.description)
        }
        guard !known.isEmpty, known.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw ValidationError("A key is printable ASCII without spaces: anything else could not be sent in a header.")
        }
        if known.utf8.count < 20 {
            printError("warning: a short key can be guessed from its hash; zuora-gateway hash-key makes one that cannot")
        }
        guard let key = GatewayKey(text: known) else { throw ExitCode(1) }
        print(Self.line(key))
    }

    static func line(_ key: GatewayKey) -> String { "key_sha256 = [\"\(key.sha256Hex)\"]" }
}
