extension [UInt8] {
    /// Overwrites the whole storage with zeros, spare room included, and keeps it. Storage that is shared is copied first, and the
    /// other holder keeps what it has.
    mutating func overwrite() {
        append(contentsOf: repeatElement(0, count: capacity - count))
        _ = unsafe withUnsafeMutableBytes { unsafe $0.initializeMemory(as: UInt8.self, repeating: 0) }
    }
}
