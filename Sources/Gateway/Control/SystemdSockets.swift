import Configuration
import Glibc
import Logging
import Network
import Policy

/// Sockets passed by systemd (sd_listen_fds(3)): LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES.
public enum SystemdSockets {
    private static let first: Int32 = 3

    /// The descriptor with this name, if systemd passed it to this process.
    public static func descriptor(named name: String) -> Int32? {
        passed.first { $0.name == name }?.descriptor
    }

    /// What systemd passed to this process: consecutive descriptors, and the names that it has for them.
    static var passed: [(descriptor: Int32, name: String?)] {
        guard variable("LISTEN_PID").flatMap(Int32.init) == getpid(), let count = variable("LISTEN_FDS").flatMap(Int32.init),
            count > 0
        else { return [] }
        let names = (variable("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<min(count, 65_536)).map { (first + $0, names.dropFirst(Int($0)).first.map(String.init)) }
    }

    static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}

extension GatewayControl {
    /// Closes the sockets that systemd passed and no listener uses, which the installed socket unit does until `listen` names it.
    /// Its callers connect to systemd's own descriptor and wait, so an operator has to know.
    ///
    /// Called before the process has sockets of its own, so that a wrong LISTEN_FDS closes none of them.
    func closeUnusedSockets(_ configuration: Configuration) {
        let admin = configuration.gateway.admin.map { ListenerSettings(address: $0) }
        let used = (configuration.gateway.listen + [admin].compactMap(\.self)).map { SocketAddress($0) }
        for socket in SystemdSockets.passed where !used.contains(.inherited(descriptor: socket.descriptor)) {
            var type: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            guard unsafe getsockopt(socket.descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 else { continue }
            var metadata: Logger.Metadata = ["descriptor": .number(Int(socket.descriptor))]
            metadata["name"] = socket.name.map { .string($0) }
            log.warning("systemd passed a socket that no listener uses", metadata: metadata)
            close(socket.descriptor)
        }
    }
}
