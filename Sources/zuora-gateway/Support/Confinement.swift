import CLinux
import Glibc
import Policy

/// Applies the sandboxing that the kernel supports, and reports which. Missing support never prevents a start.
enum Confinement {
    /// Must be called before other threads exist: they inherit it.
    /// - Returns: the active mechanisms, for the log.
    static func apply(_ gateway: GatewaySettings) -> String {
        _ = zg_forbid_core_dumps()
        var inForce: [String] = []
        if gateway.landlock, landlock(socketDirectories(gateway)) { inForce.append("landlock") }
        if gateway.seccomp, zg_seccomp() == 0 { inForce.append("seccomp") }
        return inForce.isEmpty ? "none" : inForce.joined(separator: ", ")
    }

    private static func landlock(_ directories: [String]) -> Bool {
        var copies = unsafe directories.map { unsafe strdup($0) }
        defer { while let copy = unsafe copies.popLast() { unsafe free(copy) } }
        let pointers = unsafe copies.map { unsafe UnsafePointer($0) }
        return unsafe pointers.withUnsafeBufferPointer { unsafe zg_landlock($0.baseAddress, $0.count) } == 0
    }

    /// Directories in which Unix sockets are created and removed.
    private static func socketDirectories(_ gateway: GatewaySettings) -> [String] {
        var addresses = gateway.listen.map(\.address)
        if let admin = gateway.admin { addresses.append(admin) }
        return addresses.compactMap { address in
            guard case .unix(let path) = address, let slash = path.lastIndex(of: "/") else { return nil }
            return slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }
}
