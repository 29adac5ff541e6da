import CLinux

extension [UInt8] {
    /// Overwrites the whole storage, spare room included, and gives it back. Storage shared with another array is left to that
    /// one.
    public mutating func wipe() {
        // Filling the spare room first reaches what a longer content may have left there; within the capacity nothing moves.
        append(contentsOf: repeatElement(0, count: capacity - count))
        unsafe withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe zg_wipe(base, buffer.count)
        }
        removeAll(keepingCapacity: false)
    }
}
