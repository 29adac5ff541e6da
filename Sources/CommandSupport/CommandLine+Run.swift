public import ArgumentParser
// For `stdout`, which no other thread uses.
@unsafe @preconcurrency import Glibc

extension ParsableCommand {
    /// Runs the command that the process's arguments name, and ends the process if it fails.
    ///
    /// In contrast to `main(_:)`, wrong usage that a command only notices while it runs is reported with that command's usage, and
    /// output that cannot be written is a failure.
    public static func runCommandLine() {
        do {
            var command = try parseAsRoot()
            do {
                try command.run()
            } catch let error as ValidationError {
                printError("Error: \(error.message)\n\(usage(of: type(of: command)))")
                throw ExitCode(64)
            }
            try finishOutput()
        } catch {
            guard exitCode(for: error).isSuccess else { exit(withError: error) }
            // Help or the version.
            print(fullMessage(for: error))
            do { try finishOutput() } catch { exit(withError: error) }
        }
    }

    private static func usage(of command: any ParsableCommand.Type) -> String {
        let isRoot = ObjectIdentifier(command) == ObjectIdentifier(self)
        let name = _commandName + (isRoot ? "" : " \(command._commandName)")
        return "Usage: \(usageString(for: command))\n  See '\(name) --help' for more information."
    }
}

/// Writes what `print` has buffered.
/// - Throws: exit code 1, after saying so, if it cannot be written: an empty report must not pass for a good one.
private func finishOutput() throws {
    let result = unsafe fflush(stdout)
    let code = errno
    guard unsafe result != 0 || ferror(stdout) != 0 else { return }
    printError("cannot write to standard output\(result != 0 ? ": \(unsafe String(cString: strerror(code)))" : "")")
    throw ExitCode(1)
}
