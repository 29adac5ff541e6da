import ArgumentParser
import Configuration
import Glibc

/// Where the configuration is.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("config")], help: ArgumentHelp("The configuration file.", valueName: "file"),
        completion: .file(extensions: ["conf", "toml"]))
    var path = "proxy.conf"

    /// Reads the file; on errors prints them all and ends with 64, before anything was bound.
    func load() throws -> Configuration {
        do {
            return try Configuration.load(path: path)
        } catch {
            printError("\(error)")
            let count = error.errors.count
            printError("\(path): \(count == 1 ? "1 error" : "\(count) errors")")
            throw ExitCode(64)
        }
    }
}

/// Writes a line to standard error.
func printError(_ text: String) {
    var line = Array(text.utf8)
    line.append(0x0A)
    _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
}
