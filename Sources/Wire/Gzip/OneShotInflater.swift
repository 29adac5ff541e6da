import CZlib

/// Decodes a gzip body that is whole and in memory in one step, with libdeflate: for the small bodies that APIs send, at half of zlib's cost.
///
/// It only ever says yes: a body of one member with a plain header, whose CRC-32 and length are right and which has room. Everything else,
/// good or bad, is left to `Inflater`'s zlib, which decodes in slices and says what is wrong.
@safe struct OneShotInflater: ~Copyable {
    private let decompressor: OpaquePointer

    /// - Returns: nil without memory.
    init?() {
        guard let decompressor = unsafe libdeflate_alloc_decompressor() else { return nil }
        unsafe self.decompressor = decompressor
    }

    deinit { unsafe libdeflate_free_decompressor(decompressor) }

    /// - Parameter room: bytes that the body may decode to.
    /// - Returns: nil if that is not known to be the whole and right content.
    func decode(_ body: Span<UInt8>, room: Int) -> [UInt8]? {
        // ID1, ID2, CM and FLG (RFC 1952 section 2.3). libdeflate does not verify the CRC of a header that has one.
        guard body.count >= 18, body[0] == 0x1F, body[1] == 0x8B, body[2] == 8, body[3] == 0 else { return nil }
        var isWhole = false
        let decoded = unsafe [UInt8](unsafeUninitializedCapacity: room) { space, count in
            var (consumed, produced) = (0, 0)
            let result = unsafe body.withUnsafeBytes { body in
                unsafe libdeflate_gzip_decompress_ex(
                    decompressor, body.baseAddress, body.count, space.baseAddress, space.count, &consumed, &produced)
            }
            guard result == LIBDEFLATE_SUCCESS, produced <= space.count else { return }
            isWhole = consumed == body.count
            count = produced
        }
        return isWhole ? decoded : nil
    }
}
