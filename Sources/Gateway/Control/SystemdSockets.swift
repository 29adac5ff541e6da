import Glibc

/// Sockets handed over by systemd (sd_listen_fds(3)): LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES.
public enum SystemdSockets {
    private static let first: Int32 = 3

    /// The descriptor with this name, if systemd handed one over to this very process.
    public static func descriptor(named name: String) -> Int32? {
        guard variable("LISTEN_PID").flatMap(Int32.init) == getpid(), let count = variable("LISTEN_FDS").flatMap(Int32.init),
            count > 0
        else { return nil }
        let names = (variable("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard let index = names.firstIndex(of: Substring(name)), index < Int(count) else { return nil }
        return first + Int32(index)
    }

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
