import CLinux
import Glibc

extension Stream {
    /// The peer's address without its port (`127.0.0.1`, `::1`); nil for anything but TCP.
    public var peerAddress: String? {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getpeername(descriptor, $0, &size) }
        }
        let family = Int32(address.ss_family)
        guard result == 0, family == AF_INET || family == AF_INET6 else { return nil }
        // Where sin_addr and sin6_addr stand.
        let offset = family == AF_INET ? 4 : 8
        return unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
                guard let start = text.baseAddress,
                    unsafe inet_ntop(family, bytes.baseAddress?.advanced(by: offset), start, socklen_t(text.count)) != nil
                else { return nil }
                return unsafe String(cString: start)
            }
        }
    }
}
