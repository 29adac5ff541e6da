import Foundation

/// What the program under test has said to anybody, kept for scripts/scan-output.sh, which looks through the output of a whole run.
enum KeptOutput {
    private static let folder = ProcessInfo.processInfo.environment["ZUORA_GATEWAY_TEST_OUTPUT"].map { URL(filePath: $0) }

    /// A new file's path; nil when nothing is kept.
    static func file(_ name: String) -> String? {
        folder?.appending(path: "\(name)-\(UUID().uuidString.prefix(8))").path()
    }

    static func keep(_ name: String, _ text: String) {
        guard !text.isEmpty, let path = file(name) else { return }
        try? text.write(toFile: path, atomically: false, encoding: .utf8)
    }
}
