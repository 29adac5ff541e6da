extension UInt8 {
    /// Whether the byte may stand in a token (RFC 9110 section 5.6.2).
    @inlinable
    public var isTokenCharacter: Bool {
        if self < 64 { return 0x03FF_6CFA_0000_0000 as UInt64 >> UInt64(self) & 1 == 1 }
        if self < 128 { return 0x57FF_FFFF_C7FF_FFFE as UInt64 >> UInt64(self - 64) & 1 == 1 }
        return false
    }
}
