/// The first place where the file is not TOML.
struct SyntaxError: Error {
    var line: Int
    var column: Int?
    var message: String
    var hint: String?
}
