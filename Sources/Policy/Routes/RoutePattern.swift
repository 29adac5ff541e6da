/// A path pattern: literal segments and `{parameter}` segments.
public struct RoutePattern: Hashable, Sendable {
    public enum Segment: Hashable, Sendable {
        /// Compared byte for byte; empty only at the end, for a pattern that ends in `/`.
        case literal([UInt8])
        case parameter(String)
    }

    /// The maximum number of segments of a pattern.
    public static let maximumDepth = 16

    public let segments: [Segment]

    /// - Throws: why the pattern is invalid, in one sentence.
    public init(_ text: String) throws(Malformed) {
        guard text.utf8.first == 0x2F else { throw Malformed(message: "a path begins with /") }
        let parts = text.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false).map(Array.init)
        guard parts.count <= Self.maximumDepth else {
            throw Malformed(message: "a path has at most \(Self.maximumDepth) segments")
        }
        var segments: [Segment] = []
        var names: [String] = []
        for (index, part) in parts.enumerated() {
            if part.first == 0x7B, part.last == 0x7D, part.count > 2 {
                let name = String(decoding: part.dropFirst().dropLast(), as: UTF8.self)
                guard name.utf8.allSatisfy(\.isParameterNameCharacter) else {
                    throw Malformed(message: "segment \(index + 1): a parameter is named with letters, digits and underscores")
                }
                guard !names.contains(name) else { throw Malformed(message: "{\(name)} occurs twice") }
                names.append(name)
                segments.append(.parameter(name))
            } else if part.isEmpty {
                guard index == parts.count - 1 else { throw Malformed(message: "a path has no empty segment") }
                segments.append(.literal([]))
            } else {
                guard part.allSatisfy(\.isPlainPathCharacter), !part.isDots else {
                    throw Malformed(message: "segment \(index + 1) is neither a plain segment nor {name}")
                }
                segments.append(.literal(part))
            }
        }
        guard names.count <= RouteParameters.maximumCount else {
            throw Malformed(message: "a path has at most \(RouteParameters.maximumCount) parameters")
        }
        self.segments = segments
    }

    public var parameterNames: [String] {
        segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    public struct Malformed: Error, Hashable, Sendable { public var message: String }
}

extension [UInt8] {
    fileprivate var isDots: Bool { self == [0x2E] || self == [0x2E, 0x2E] }
}

extension UInt8 {
    fileprivate var isParameterNameCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }
}
