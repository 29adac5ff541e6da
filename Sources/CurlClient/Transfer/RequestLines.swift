import CCurl
import Wire

/// The request's field lines as libcurl wants them: a linked list of C strings. Both live in memory that is kept from one
/// request to the next, at addresses that stay put while libcurl reads them.
@safe final class RequestLines {
    private(set) var bytes: UnsafeMutableBufferPointer<UInt8>
    /// How many of them are in use.
    private var byteCount = 0
    private var nodes: UnsafeMutableBufferPointer<curl_slist>
    private var count = 0

    init() {
        unsafe bytes = .allocate(capacity: 1024)
        unsafe nodes = .allocate(capacity: 32)
    }

    deinit {
        wipe()
        unsafe bytes.deallocate()
        unsafe nodes.deallocate()
    }

    /// Fills the list from `block`, whose bytes are copied.
    /// - Parameter hasContent: whether the request has content: then libcurl's own ideas about its type, and about waiting for
    ///   a 100,
    ///   are suppressed.
    func fill(from block: HeaderBlock, hasContent: Bool) -> UnsafeMutablePointer<curl_slist>? {
        reserve(bytes: block.bytes.count, nodes: block.fields.count + 3)
        unsafe block.bytes.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(bytes).copyMemory(from: $0) }
        byteCount = max(byteCount, block.bytes.count)
        count = 0
        var hasAccept = false
        var hasType = false
        for field in block.fields {
            switch field.name {
            case .contentLength, .transferEncoding, .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade, .expect:
                continue
            case .contentType:
                hasType = true
            case .other:
                if field.nameRange.count == 6, isAccept(block.bytes, field.nameRange.lowerBound) { hasAccept = true }
            default:
                break
            }
            guard let base = unsafe bytes.baseAddress else { break }
            unsafe link(UnsafeMutableRawPointer(base + field.nameRange.lowerBound).assumingMemoryBound(to: CChar.self))
        }
        // A name with nothing behind its colon takes out the field that libcurl would add.
        if !hasAccept { suppress("Accept:") }
        if hasContent {
            suppress("Expect:")
            if !hasType { suppress("Content-Type:") }
        }
        if count > 0 { unsafe nodes[count - 1].next = nil }
        return count > 0 ? unsafe nodes.baseAddress : nil
    }

    /// Overwrites what the list was made of: a token is among it. Not while libcurl may read it.
    func wipe() {
        if byteCount > 0 { unsafe bytes.baseAddress?.update(repeating: 0, count: byteCount) }
        byteCount = 0
    }

    private func suppress(_ line: StaticString) {
        // libcurl only reads the string.
        unsafe link(UnsafeMutableRawPointer(mutating: line.utf8Start).assumingMemoryBound(to: CChar.self))
    }

    private func link(_ line: UnsafeMutablePointer<CChar>) {
        guard let base = unsafe nodes.baseAddress else { return }
        unsafe (base + count).initialize(to: curl_slist(data: line, next: base + count + 1))
        count += 1
    }

    private func isAccept(_ bytes: [UInt8], _ start: Int) -> Bool {
        let name: StaticString = "accept"
        for i in 0..<6 where unsafe bytes[start + i] | 0x20 != name.utf8Start[i] { return false }
        return true
    }

    private func reserve(bytes needed: Int, nodes nodeCount: Int) {
        if unsafe needed > bytes.count {
            wipe()
            unsafe bytes.deallocate()
            unsafe bytes = .allocate(capacity: max(needed, 2 * bytes.count))
        }
        if unsafe nodeCount > nodes.count {
            unsafe nodes.deallocate()
            unsafe nodes = .allocate(capacity: max(nodeCount, 2 * nodes.count))
        }
    }
}
