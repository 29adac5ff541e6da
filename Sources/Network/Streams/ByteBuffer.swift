/// A connection's input: received, unconsumed bytes, at offsets that are stable until `consume` or `reserve`.
public struct ByteBuffer {
    /// The storage; only `start..<end` is valid.
    public private(set) var bytes: [UInt8]
    /// The offset of the first unconsumed byte.
    public private(set) var start = 0
    /// The offset of the next received byte.
    public private(set) var end = 0
    /// The maximum of `end` since the last `wipe`.
    private var touched = 0

    /// - Parameter capacity: bytes to allocate.
    public init(capacity: Int) { bytes = Array(repeating: 0, count: capacity) }

    public var count: Int { end - start }
    public var isEmpty: Bool { start == end }
    public var capacity: Int { bytes.count }
    /// The buffer's memory in bytes.
    public var footprint: Int { bytes.capacity }
    /// Bytes that can be received before the buffer must grow or be compacted.
    public var space: Int { bytes.count - end }

    /// Lends the unconsumed bytes.
    public func withUnread<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(bytes.span.extracting(start..<end))
    }

    /// Drops the first `count` unconsumed bytes.
    public mutating func consume(_ count: Int) {
        start += min(count, end - start)
        if start == end { removeAll() }
    }

    public mutating func removeAll() {
        start = 0
        end = 0
    }

    /// As `removeAll`, and overwrites the memory, which contained callers' keys.
    public mutating func wipe() {
        let count = touched
        _ = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]).initializeMemory(as: UInt8.self, repeating: 0)
        }
        touched = 0
        removeAll()
    }

    /// Keeps the first `count` unread bytes and drops those after them.
    public mutating func truncate(to count: Int) { end = min(end, start + count) }

    /// Moves the first `count` unread bytes to new memory; what was after them is dropped, and the old memory is overwritten.
    mutating func shrink(to count: Int, capacity: Int) {
        var small = ByteBuffer(capacity: max(count, capacity))
        withUnread { small.append($0.extracting(first: count)) }
        wipe()
        self = small
    }

    /// Copies the unread bytes in `range` down to `target`, both counted from `start`.
    mutating func move(_ range: Range<Int>, to target: Int) {
        guard range.upperBound <= count, target >= 0, target < range.lowerBound else { return }
        bytes.move(start + range.lowerBound..<start + range.upperBound, to: start + target)
    }

    /// Makes room for at least `space` more bytes: moves the unread bytes to the front, and grows if that is not enough.
    public mutating func reserve(_ space: Int) {
        if self.space >= space { return }
        if start > 0 {
            bytes.move(start..<end, to: 0)
            end -= start
            start = 0
        }
        if self.space < space { bytes.append(contentsOf: repeatElement(0, count: space - self.space)) }
    }

    /// Lets `body` write into the free space.
    /// - Parameter body: returns how many bytes it wrote, or a negative number.
    mutating func fill(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        let end = end
        let count = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe body(UnsafeMutableRawBufferPointer(rebasing: bytes[end...]))
        }
        self.end += max(0, min(count, space))
        touched = max(touched, self.end)
        return count
    }

    /// Adds bytes as if they had been received.
    public mutating func append(_ span: Span<UInt8>) {
        reserve(span.count)
        for i in span.indices {
            bytes[end] = span[i]
            end += 1
        }
        touched = max(touched, end)
    }
}

extension [UInt8] {
    /// memmove(3): moves `range` so that it begins at `target`, which is not after it.
    fileprivate mutating func move(_ range: Range<Int>, to target: Int) {
        guard !range.isEmpty, range.lowerBound != target else { return }
        unsafe withUnsafeMutableBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[target..<(target + range.count)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }
}

extension ByteBuffer {
    /// The unread bytes in `range`, counted from `start`, clamped to the available ones.
    public func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
        bytes[min(start + range.lowerBound, end)..<min(start + range.upperBound, end)]
    }

    /// A copy of `slice(range)`.
    public func copy(_ range: Range<Int>) -> [UInt8] { Array(slice(range)) }
}
