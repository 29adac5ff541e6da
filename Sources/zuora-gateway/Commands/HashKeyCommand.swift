import ArgumentParser
import CommandSupport
import Policy

struct HashKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-key", abstract: "Generate a caller's key, and its hash for proxy.conf.",
        discussion: """
            Without an argument a new key is generated and printed once: give it to the caller, which sends it in X-Gateway-Key or as \
            Authorization: Bearer. The other line goes into the caller's table in proxy.conf. To rotate keys, list several hashes: \
            add the new one, distribute the key, then remove the old one.

            Example:     zuora-gateway hash-key
            From a file: zuora-gateway hash-key - < key.txt
            """)

    @Argument(help: ArgumentHelp("An existing key; - reads it from standard input.", valueName: "key"))
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
            throw ValidationError("A key must be printable ASCII without spaces, so that it can be sent in a header.")
        }
        if known.utf8.count < 20 {
            printError("warning: a short key can be guessed from its hash; zuora-gateway hash-key generates a strong one")
        }
        guard let key = GatewayKey(text: known) else { throw ExitCode(1) }
        print(Self.line(key))
    }

    static func line(_ key: GatewayKey) -> String { "key_sha256 = [\"\(key.sha256Hex)\"]" }
}
