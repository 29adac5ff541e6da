extension StaticString {
    /// The bytes, which live as long as the program.
    var buffer: UnsafeBufferPointer<UInt8> { unsafe UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }

    /// Whether the text can stand between quotation marks as it is.
    var needsNoEscapes: Bool { unsafe buffer.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C } }

    /// Whether `bytes` from `start` on begin with this text.
    func isPrefix(of bytes: Span<UInt8>, from start: Int) -> Bool {
        guard bytes.count - start >= utf8CodeUnitCount else { return false }
        for i in 0..<utf8CodeUnitCount {
            let byte = unsafe buffer[i]
            if byte != bytes[start + i] { return false }
        }
        return true
    }
}
