import CLinux
import Glibc
import Network
import Wire

/// Notifies systemd of the service's state (sd_notify(3)), if requested by NOTIFY_SOCKET and WATCHDOG_USEC.
final class SystemdNotifier {
    private let socketName: String
    private let reactor: Reactor
    private var watchdog: Timer?
    private var interval: Duration?

    /// - Returns: nil if no notification is requested.
    init?(reactor: Reactor) {
        guard let name = SystemdSockets.variable("NOTIFY_SOCKET"), let first = name.first, first == "/" || first == "@" else {
            return nil
        }
        socketName = name
        self.reactor = reactor
        if let microseconds = SystemdSockets.variable("WATCHDOG_USEC").flatMap(Int64.init), microseconds > 0,
            SystemdSockets.variable("WATCHDOG_PID").flatMap(Int32.init) ?? getpid() == getpid()
        {
            interval = .microseconds(microseconds / 2)
        }
    }

    /// Called by the loop to reset the watchdog, so that a hanging loop is detected.
    func ready() {
        send("READY=1\nSTATUS=Serving")
        guard let interval else { return }
        watchdog = Timer(reactor.timers) { [unowned self] in
            send("WATCHDOG=1")
            watchdog?.schedule(at: reactor.now + interval)
        }
        watchdog?.schedule(at: Instant.now() + interval)
    }

    func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds())") }
    func reloaded() { send("READY=1") }
    func stopping() { send("STOPPING=1\nSTATUS=Draining") }

    private func send(_ text: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var name = Array(socketName.utf8)
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard name.count < 108 else { return }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in unsafe path.copyBytes(from: name) }
        let size = socklen_t(2 + name.count)
        let bytes = Array(text.utf8)
        _ = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bytes.withUnsafeBytes {
                    unsafe sendto(descriptor, $0.baseAddress, $0.count, zg_msg_nosignal, address, size)
                }
            }
        }
    }

    /// CLOCK_MONOTONIC, as systemd requires; not the clock that counts suspended time.
    private static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
