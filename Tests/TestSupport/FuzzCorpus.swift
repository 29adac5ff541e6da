import Foundation

/// The fuzzer's corpora (Fuzz/TARGET/corpus), which run as tests, too.
public enum FuzzCorpus {
    /// - Parameter property: what must hold for an input; it returns what does not.
    /// - Returns: what does not hold, with the input's name; or that there is no input.
    public static func complaints(_ target: String, _ property: ([UInt8]) -> String?) throws -> [String] {
        let folder = URL(filePath: #filePath).appending(path: "../../../Fuzz/\(target)/corpus").standardized
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        guard !files.isEmpty else { return ["the corpus is empty"] }
        return try files.compactMap { file in
            try property(Array(Data(contentsOf: file))).map { "\(file.lastPathComponent): \($0)" }
        }
    }
}
