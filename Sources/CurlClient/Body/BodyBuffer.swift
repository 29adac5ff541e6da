/// A queue of bytes in one array: appended at the end, consumed at the front.
public struct BodyBuffer: Sendable {
    private(set) var storage: [UInt8] = []
    private var start = 0

    init() {}

    public var count: Int { storage.count - start }
    public var isEmpty: Bool { storage.count == start }

    /// The bytes not consumed yet.
    public var unread: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { storage.span.extracting(start..<storage.count) }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        makeRoom(bytes.count)
        unsafe storage.append(contentsOf: bytes)
    }

    mutating func append(_ bytes: Span<UInt8>) {
        makeRoom(bytes.count)
        unsafe bytes.withUnsafeBufferPointer { unsafe storage.append(contentsOf: $0) }
    }

    /// Reuses the room of consumed bytes before the array would grow.
    private mutating func makeRoom(_ count: Int) {
        guard start > 0, storage.count + count > storage.capacity else { return }
        storage.removeSubrange(0..<start)
        start = 0
    }

    mutating func consume(_ count: Int) {
        start += min(count, self.count)
        if start == storage.count { removeAll() }
    }

    mutating func removeAll() {
        storage.removeAll(keepingCapacity: true)
        start = 0
    }

    /// As `removeAll`, and overwrites all of the memory.
    mutating func wipe() {
        storage.append(contentsOf: repeatElement(0, count: storage.capacity - storage.count))
        _ = unsafe storage.withUnsafeMutableBytes { unsafe $0.initializeMemory(as: UInt8.self, repeating: 0) }
        removeAll()
    }

    /// Moves everything to the end of `array`; when that is empty, without copying.
    mutating func move(into array: inout [UInt8]) {
        if array.isEmpty, start == 0 {
            swap(&array, &storage)
        } else {
            array.append(contentsOf: storage[start...])
        }
        removeAll()
    }

    /// Moves as many bytes as fit.
    /// - Returns: how many.
    mutating func move(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, self.count)
        unsafe storage.withUnsafeBytes {
            unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
        }
        consume(count)
        return count
    }

    /// Gives back the memory of a large body.
    mutating func shrink(to capacity: Int) {
        if storage.capacity > capacity { storage = [] }
        start = min(start, storage.count)
    }
}
