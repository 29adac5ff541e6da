import CLinux
import COpenSSL

/// A client secret, a bearer token, or a buffer that contains one.
///
/// It is never printed, is compared in constant time, and its memory is overwritten before it is freed.
/// Its memory is never grown or moved, so reallocation leaves no stale copy behind. Readers
/// (`withBytes`, `append(to:)`) must wipe their copies.
@safe public final class Secret: Sendable {
    // SAFETY: the pointer is a private `let`, allocated in init and deallocated in deinit, after the last reference. The bytes behind
    // it are written in init, before any other code has the object (`fill` gets a span that cannot escape), and wiped in deinit.
    // Everything else only reads, during a call for which its caller keeps the object alive: `withBytes` lends a span that cannot
    // escape, `append(to:)` and `==` have copied or compared when they return. Concurrent reads do not race.
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

    /// A copy of `bytes`, which are unchanged.
    public convenience init(copying bytes: Span<UInt8>) {
        self.init(capacity: bytes.count) { out in
            for i in bytes.indices { out.append(bytes[i]) }
        }
    }

    /// A copy of `bytes`, which are overwritten and emptied. The array should be the only reference to its storage: if it is not,
    /// the other reference keeps its copy.
    public convenience init(consuming bytes: inout [UInt8]) {
        self.init(copying: bytes.span)
        bytes.wipe()
    }

    /// A copy of text that is already elsewhere in memory: an environment variable's value, a literal of a test tenant.
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
    /// Whether both contain the same bytes, in constant time; only a difference in length is observable.
    public static func == (a: Secret, b: Secret) -> Bool {
        unsafe a.count == b.count && CRYPTO_memcmp(a.memory, b.memory, a.count) == 0
    }
}

/// Generated once per process, so that a fingerprint cannot be looked up in a table or correlated with another process's log.
private let salt: [UInt8] = {
    var random = SystemRandomNumberGenerator()
    return (0..<32).map { _ in random.next() }
}()

extension Secret {
    /// Eight hexadecimal digits that distinguish versions of a secret in this process's logs without revealing
    /// it: a prefix of HMAC-SHA-256 with a random key of the process.
    public var fingerprint: String {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let done = withBytes { bytes in
            unsafe bytes.withUnsafeBufferPointer { message in
                // An empty buffer's address may be nil, which HMAC interprets as "no message yet".
                unsafe HMAC(EVP_sha256(), salt, Int32(salt.count), message.baseAddress, message.count, &digest, &length) != nil
            }
        }
        guard done, length == 32 else { return "????????" }
        return digest[..<4].hexadecimal
    }
}

/// Printing, interpolating, dumping or reflecting a secret only yields `<redacted>`.
extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

extension [UInt8] {
    /// Overwrites the whole storage, including spare capacity, and frees it. Storage shared with another array is left to that
    /// one.
    public mutating func wipe() {
        // Filling the spare capacity also overwrites remains of longer content; within the capacity nothing is reallocated.
        append(contentsOf: repeatElement(0, count: capacity - count))
        unsafe withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe zg_wipe(base, buffer.count)
        }
        removeAll(keepingCapacity: false)
    }
}
