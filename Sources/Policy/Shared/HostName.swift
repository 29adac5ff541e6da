import Glibc
import Wire

/// A host of a URL or a listen address: an IPv4 address, an IPv6 address without its brackets, or a DNS name.
package enum HostName {
    package static func isIPv4(_ host: String) -> Bool {
        var address = in_addr()
        return unsafe inet_pton(AF_INET, host, &address) == 1
    }

    package static func isIPv6(_ host: String) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(AF_INET6, host, &address) == 1
    }

    /// An IPv6 address in the spelling of RFC 5952, such as `::1`; nil for anything else.
    package static func canonicalIPv6(_ host: String) -> String? {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, host, &address) == 1 else { return nil }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            guard let start = text.baseAddress, unsafe inet_ntop(AF_INET6, &address, start, socklen_t(text.count)) != nil else {
                return nil
            }
            return unsafe String(cString: start)
        }
    }

    /// Letters, digits, hyphens and underscores in labels of 1 to 63, 253 in all. The last label must not be a number, since parsers
    /// differ on such spellings of IPv4 addresses (`127.1`, `0x7f000001`).
    package static func isName(_ host: String) -> Bool {
        let labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, let last = labels.last, !isNumber(last) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-") && label.utf8.last != UInt8(ascii: "-")
                && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 26 }

    private static func isNumber(_ label: Substring) -> Bool {
        label.utf8.allSatisfy(isDigit) || label.hasPrefix("0x") && label.utf8.dropFirst(2).allSatisfy { $0.hexValue != nil }
    }

    /// 127.0.0.0/8, ::1 or `localhost`.
    package static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        if isIPv4(host) { return host.hasPrefix("127.") }
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, host, &address) == 1 else { return false }
        return unsafe withUnsafeBytes(of: &address) { unsafe $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
    }
}
