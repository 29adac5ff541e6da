import Wire

/// A forwarded operation, prepared for matching. A class, so that passing it costs one reference count.
public final class Route: Sendable {
    /// As in `routes = ["aqua.cancel"]`. Several patterns may share a name.
    public let name: String
    /// The name's index in `RouteTable.names`.
    public let nameIndex: Int
    public let method: RouteMethod
    /// The pattern as configured. Bounded in number, so metrics use it as a label.
    public let path: String
    public let isIdempotent: Bool
    public let kind: RouteSettings.Kind
    /// The names of the parameters, in the order of `RouteParameters`.
    public let parameters: [String]
    /// The index of the one named `id`: the job's or the file's.
    public let identifier: Int?

    init(_ settings: RouteSettings, pattern: RoutePattern, nameIndex: Int) {
        name = settings.name
        self.nameIndex = nameIndex
        method = RouteMethod(settings.method)
        path = settings.path
        isIdempotent = settings.isIdempotent
        kind = settings.kind
        parameters = pattern.parameterNames
        identifier = parameters.firstIndex(of: "id")
    }
}

/// A route's method. Methods are case-sensitive (RFC 9110 section 9.1).
public struct RouteMethod: Hashable, Sendable {
    public let token: String
    let known: RequestHead.Method
    private let bytes: [UInt8]

    init(_ token: String) {
        self.token = token
        let bytes = Array(token.utf8)
        self.bytes = bytes
        known = RequestHead.Method(bytes.span)
    }

    func isMethod(of head: RequestHead, _ text: Span<UInt8>) -> Bool {
        guard known == head.method else { return false }
        guard known == .other else { return true }
        guard bytes.count == head.methodRange.count else { return false }
        for i in bytes.indices where bytes[i] != text[head.methodRange.lowerBound + i] { return false }
        return true
    }
}

/// The positions of a path's parameters in the bytes of the head. Stored inline: matching allocates nothing.
public struct RouteParameters: Sendable {
    /// The maximum number of parameters of a pattern.
    public static let maximumCount = 8

    private var bounds: InlineArray<8, SIMD2<UInt32>> = InlineArray(repeating: .zero)
    public private(set) var count = 0

    /// The parameter at `index`, in the pattern's order, percent-encoded as the caller sent it.
    public subscript(index: Int) -> Range<Int> {
        precondition(index < count)
        return Int(bounds[index].x)..<Int(bounds[index].y)
    }

    /// Nothing happens beyond `maximumCount`, which no pattern reaches.
    mutating func append(_ range: Range<Int>) {
        guard count < Self.maximumCount else { return }
        bounds[count] = SIMD2(UInt32(truncatingIfNeeded: range.lowerBound), UInt32(truncatingIfNeeded: range.upperBound))
        count += 1
    }

    mutating func removeLast() { count = max(count - 1, 0) }
}

/// A set of route names, by their index in `RouteTable.names`.
public struct RouteSet: Hashable, Sendable {
    private var words: [UInt64] = []

    public init() {}

    public mutating func insert(_ index: Int) {
        while words.count <= index / 64 { words.append(0) }
        words[index / 64] |= 1 << UInt64(index % 64)
    }

    public func contains(_ index: Int) -> Bool {
        let word = index / 64
        return word < words.count && words[word] >> UInt64(index % 64) & 1 == 1
    }
}
