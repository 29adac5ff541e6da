extension Configuration {
    /// Reads and validates a file.
    /// - Parameter path: at most 64 MiB of UTF-8. Relative paths in it are taken from its directory.
    /// - Throws: everything that is wrong with it, not only the first thing; or that it cannot be read.
    public static func load(path: String) throws(ConfigurationErrors) -> Configuration {
        let text: String
        do throws(FileText.Problem) {
            text = try FileText.read(path)
        } catch {
            let diagnostic = Diagnostic(.error, file: path, line: error.line, message: error.message, hint: error.hint)
            throw ConfigurationErrors(diagnostics: [diagnostic])
        }
        return try parse(text: text, file: path)
    }

    /// Validates a text.
    /// - Parameter file: what errors call it, and where relative paths in it start from.
    /// - Throws: everything that is wrong with it. If it is no TOML, that alone.
    public static func parse(text: String, file: String) throws(ConfigurationErrors) -> Configuration {
        let document: Document
        do throws(SyntaxError) {
            document = try Document(text)
        } catch {
            let diagnostic = Diagnostic(
                .error, file: file, line: error.line, column: error.column, message: error.message, hint: error.hint)
            throw ConfigurationErrors(diagnostics: [diagnostic])
        }
        var reader = ConfigurationReader(document, file: file)
        return try reader.configuration()
    }
}
