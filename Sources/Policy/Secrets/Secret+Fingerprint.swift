import COpenSSL

/// Drawn once a process, so that a fingerprint cannot be looked up in a table nor recognised in another process's log.
private let salt: [UInt8] = {
    var random = SystemRandomNumberGenerator()
    return (0..<32).map { _ in random.next() }
}()

extension Secret {
    /// Eight hexadecimal digits that tell one version of a secret from another in this process's logs, and say nothing about what
    /// it is: the head of HMAC-SHA-256 under a random key of the process.
    public var fingerprint: String {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let done = withBytes { bytes in
            unsafe bytes.withUnsafeBufferPointer { message in
                // An empty buffer's address may be nil, which HMAC takes for "no message yet".
                unsafe HMAC(EVP_sha256(), salt, Int32(salt.count), message.baseAddress, message.count, &digest, &length) != nil
            }
        }
        guard done, length == 32 else { return "????????" }
        return digest[..<4].map { byte in
            let hex = String(byte, radix: 16)
            return byte < 16 ? "0" + hex : hex
        }.joined()
    }
}
