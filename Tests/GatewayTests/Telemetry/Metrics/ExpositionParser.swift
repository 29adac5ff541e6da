import Foundation

/// A strict reader of Prometheus' text format 0.0.4 as the gateway writes it: every family has HELP, TYPE and samples, in that
/// order and in one piece; no series comes twice; histograms add up.
struct ExpositionParser {
    struct Sample: Hashable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    private(set) var samples: [Sample] = []
    private(set) var types: [String: String] = [:]
    private var family = ""

    init(_ bytes: [UInt8]) throws {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem(description: "no UTF-8") }
        guard text.hasSuffix("\n"), !text.contains("\r") else { throw Problem(description: "lines must end in a line feed") }
        var helped: String?
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let match = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ([^\\]|\\\\|\\n)+/) {
                helped = String(match.1)
            } else if let match = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
                family = String(match.1)
                guard helped == family else { throw Problem(description: "no HELP before: \(line)") }
                guard types.updateValue(String(match.2), forKey: family) == nil else {
                    throw Problem(description: "again: \(line)")
                }
            } else {
                samples.append(try sample(line))
            }
        }
        try check()
    }

    private func sample(_ line: String) throws -> Sample {
        guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.+)\})? (\S+)/),
            let value = match.3 == "+Inf" ? .infinity : Double(match.3)
        else { throw Problem(description: "not a sample: \(line)") }
        let name = String(match.1)
        let suffixes = types[family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard suffixes.contains(where: { name == family + $0 }) else { throw Problem(description: "outside its family: \(line)") }
        var labels: [String: String] = [:]
        var rest = (match.2 ?? "")[...]
        while !rest.isEmpty {
            guard let pair = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\\\|\\"|\\n)*)"(?:,(?=.)|$)/) else {
                throw Problem(description: "bad labels: \(line)")
            }
            guard labels.updateValue(Self.unescaped(pair.2), forKey: String(pair.1)) == nil else {
                throw Problem(description: "a label twice: \(line)")
            }
            rest = rest[pair.range.upperBound...]
        }
        return Sample(name: name, labels: labels, value: value)
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscape = false
        for character in text {
            if isEscape {
                result.append(character == "n" ? "\n" : character)
                isEscape = false
            } else if character == "\\" {
                isEscape = true
            } else {
                result.append(character)
            }
        }
        return result
    }

    private func check() throws {
        var seen = Set<[String]>()
        for sample in samples {
            let key = [sample.name] + sample.labels.map { "\($0)=\($1)" }.sorted()
            guard seen.insert(key).inserted else { throw Problem(description: "a series twice: \(key)") }
        }
        for (name, type) in types {
            let own = samples.filter { $0.name == name || type == "histogram" && $0.name.hasPrefix(name + "_") }
            guard !own.isEmpty else { throw Problem(description: "no samples: \(name)") }
            guard name.hasSuffix("_total") == (type == "counter") else { throw Problem(description: "misnamed: \(name)") }
            if type == "counter", own.contains(where: { $0.value < 0 }) { throw Problem(description: "negative: \(name)") }
            if type == "histogram" { try checkHistogram(name, own) }
        }
    }

    private func checkHistogram(_ name: String, _ own: [Sample]) throws {
        let groups = Dictionary(grouping: own) { $0.labels.filter { $0.key != "le" } }
        for (labels, group) in groups {
            let buckets = group.filter { $0.name == name + "_bucket" }
            let bounds = buckets.map { $0.labels["le"].map { $0 == "+Inf" ? .infinity : Double($0) ?? .nan } ?? .nan }
            guard bounds.last == .infinity, zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw Problem(description: "bounds of \(name) \(labels)")
            }
            guard zip(buckets, buckets.dropFirst()).allSatisfy({ $0.value <= $1.value }) else {
                throw Problem(description: "not cumulative: \(name) \(labels)")
            }
            let counts = group.filter { $0.name == name + "_count" }.map(\.value)
            guard counts == [buckets.last?.value ?? -1], group.filter({ $0.name == name + "_sum" }).count == 1 else {
                throw Problem(description: "sum or count of \(name) \(labels)")
            }
        }
    }

    /// The only sample of a name and labels.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }
}
