extension ResponseWriter {
    /// Appends a whole chunk (RFC 9112 section 7.1). Appends nothing for no data, as an empty chunk would end the body.
    public mutating func chunk(_ data: Span<UInt8>) {
        guard !data.isEmpty else { return }
        chunkHead(data.count)
        append(data)
        chunkEnd()
    }

    /// Appends the line before a chunk's data, if the data itself is written elsewhere.
    /// - Parameter size: bytes of data, at least 1; for less nothing is appended, as that would end the body.
    public mutating func chunkHead(_ size: Int) {
        guard size > 0 else { return }
        appendHex(size)
        lineEnd()
    }

    /// Appends the line end behind a chunk's data.
    public mutating func chunkEnd() { lineEnd() }

    /// Appends the last chunk and an empty trailer section: the body is whole.
    public mutating func lastChunk() { append("0\r\n\r\n") }
}
