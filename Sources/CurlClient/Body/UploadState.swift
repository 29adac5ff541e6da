import Wire

/// The content of a request: what is still to be handed to libcurl.
struct UploadState {
    /// Streamed content that libcurl has not taken yet.
    var pending = BodyBuffer()
    /// Bytes that were announced and not written yet; nil for content of unknown length, or none.
    private(set) var remaining: Int?
    /// A streamed content has begun and neither ended nor become pointless.
    private(set) var isUnderWay = false
    /// All of it has been written.
    private(set) var isEnded = false
    /// libcurl asked and there was nothing: it waits for `write`.
    var isPaused = false

    var hasBytesToSend: Bool { !pending.isEmpty }

    mutating func begin(length: Int?) {
        remaining = length
        isUnderWay = true
    }

    /// - Returns: false if that is more than was announced.
    mutating func append(_ bytes: Span<UInt8>) -> Bool {
        if let remaining {
            guard bytes.count <= remaining else { return false }
            self.remaining = remaining - bytes.count
        }
        pending.append(bytes)
        return true
    }

    /// - Returns: false if less was written than was announced.
    mutating func end() -> Bool {
        isEnded = true
        return remaining ?? 0 == 0
    }

    /// Nothing more is to be sent.
    mutating func stop() {
        isUnderWay = false
        pending.removeAll()
    }

    mutating func reset() {
        pending.removeAll()
        pending.shrink(to: 32 << 10)
        remaining = nil
        isUnderWay = false
        isEnded = false
        isPaused = false
    }
}
