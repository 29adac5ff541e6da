/// FNV-1a, 64 bits: enough to tell two stand-in tokens or bodies apart in the book without showing them.
func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
    return hash
}

/// The first eight digits of a text's fingerprint.
func shortFingerprint(_ text: some StringProtocol) -> String { String(fingerprint(text.utf8).hex.prefix(8)) }
