import CLinux
import COpenSSL

/// A client secret, a bearer token, or a buffer that holds one.
///
/// It never prints itself, is compared in constant time, and its memory is overwritten before it goes back to the allocator.
/// It lies in memory of its own that is never grown or moved, so no stale copy is left behind by a reallocation. What reads it
/// (`withBytes`, `append(to:)`) makes copies that are the reader's to wipe.
@safe public final class Secret: Sendable {
    // Unsafe only to the compiler: the pointer is a `let`, and the bytes behind it are written in init, before any other code has the
    // object, and in deinit, after the last reference is gone. All else only reads, and reads alone do not race.
    private nonisolated(unsafe) let memory: UnsafeMutablePointer<UInt8>

    /// Size in bytes.
    public let count: Int
    /// Size of the allocation: all of it is wiped.
    private let capacity: Int

    /// A secret that `fill` writes in place, at most `capacity` bytes.
    public init<E: Error>(capacity: Int, initializingWith fill: (inout OutputSpan<UInt8>) throws(E) -> Void) throws(E) {
        let size = max(capacity, 1)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        let buffer = unsafe UnsafeMutableBufferPointer(start: memory, count: max(capacity, 0))
        var span = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
        do throws(E) {
            try fill(&span)
        } catch {
            _ = consume span
            unsafe zg_wipe(memory, size)
            unsafe memory.deallocate()
            throw error
        }
        count = unsafe span.finalize(for: buffer)
        self.capacity = size
        unsafe self.memory = memory
    }

    /// A copy of `bytes`, which stay as they are.
    public convenience init(copying bytes: Span<UInt8>) {
        self.init(capacity: bytes.count) { out in
            for i in bytes.indices { out.append(bytes[i]) }
        }
    }

    /// A copy of `bytes`, which are overwritten and emptied. The array should be the only reference to its storage: if it is not,
    /// the other holder keeps what it has.
    public convenience init(consuming bytes: inout [UInt8]) {
        self.init(copying: bytes.span)
        bytes.wipe()
    }

    /// A copy of text that was not a secret of its own making: an environment variable's value, a literal of a test tenant.
    public convenience init(copying text: some StringProtocol) {
        self.init(copying: Array(text.utf8).span)
    }

    deinit {
        unsafe zg_wipe(memory, capacity)
        unsafe memory.deallocate()
    }

    public var isEmpty: Bool { count == 0 }

    /// Lends the bytes to `body`, which must not keep them.
    public func withBytes<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let buffer = unsafe UnsafeBufferPointer(start: memory, count: count)
        return try body(unsafe Span(_unsafeElements: buffer))
    }

    /// Appends the bytes to `out`, for instance behind `Bearer ` in a field value.
    public func append(to out: inout [UInt8]) {
        unsafe out.append(contentsOf: UnsafeBufferPointer(start: memory, count: count))
    }
}

extension Secret: Equatable {
    /// Whether both hold the same bytes. Takes the same time wherever they differ; only a difference in length shows.
    public static func == (a: Secret, b: Secret) -> Bool {
        unsafe a.count == b.count && CRYPTO_memcmp(a.memory, b.memory, a.count) == 0
    }
}
