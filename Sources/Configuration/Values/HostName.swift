import Glibc

/// A host of a URL or a listen address: an IPv4 address, an IPv6 address without its brackets, or a DNS name.
enum HostName {
    static func isIPv4(_ host: String) -> Bool {
        var address = in_addr()
        return unsafe inet_pton(AF_INET, host, &address) == 1
    }

    static func isIPv6(_ host: String) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(AF_INET6, host, &address) == 1
    }

    /// Letters, digits, hyphens and underscores in labels of 1 to 63, 253 in all. The last label is no number, for then it is an
    /// IPv4 address in a spelling that readers differ on (`127.1`, `0x7f000001`).
    static func isName(_ host: String) -> Bool {
        let labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, let last = labels.last, !isNumber(last) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != .hyphen && label.utf8.last != .hyphen
                && label.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == .hyphen || $0 == .underscore }
        }
    }

    private static func isNumber(_ label: Substring) -> Bool {
        label.utf8.allSatisfy(\.isDigit) || label.hasPrefix("0x") && label.utf8.dropFirst(2).allSatisfy { $0.hexValue != nil }
    }

    /// 127.0.0.0/8, ::1 or `localhost`.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        if isIPv4(host) { return host.hasPrefix("127.") }
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, host, &address) == 1 else { return false }
        return unsafe withUnsafeBytes(of: &address) { unsafe $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
    }
}
