import Policy
import Testing

@testable import Configuration

/// A tenant that has nothing wrong with it.
let acme = """
    [tenants.acme]
    upstream = "http://127.0.0.1:9080"
    client_id = "id"
    client_secret = "literal"

    """

func parse(_ text: String) throws -> Configuration { try Configuration.parse(text: text, file: "proxy.conf") }

/// Errors of the text, as they are printed; empty if it is accepted.
func errors(_ text: String) -> [String] {
    do throws(ConfigurationErrors) {
        _ = try Configuration.parse(text: text, file: "proxy.conf")
        return []
    } catch {
        return error.errors.map(\.description)
    }
}

/// Warnings of a text that is accepted.
func warnings(_ text: String) throws -> [String] { try parse(text).warnings.map(\.description) }

/// The only tenant of the text.
func tenant(_ text: String) throws -> TenantSettings { try #require(try parse(text).tenants.first) }

extension Document {
    init(_ text: String) throws(SyntaxError) { try self.init(Array(text.utf8)) }
}
