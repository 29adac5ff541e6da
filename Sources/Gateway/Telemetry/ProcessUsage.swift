import CLinux
import Glibc
import Network

/// The process's use of memory and CPU.
public struct ProcessUsage: Sendable, Hashable {
    /// Resident set size in bytes, the second number of /proc/self/statm (proc(5)).
    public var residentBytes: UInt64
    /// User and system time in seconds since the process began (CLOCK_PROCESS_CPUTIME_ID).
    public var cpuSeconds: Double
    /// Open descriptors, and how many there may be; zero if unknown.
    public var descriptors = 0
    public var maximumDescriptors = 0

    public init(residentBytes: UInt64, cpuSeconds: Double) {
        self.residentBytes = residentBytes
        self.cpuSeconds = cpuSeconds
    }

    /// Reads from the kernel, except descriptors. Unavailable values are zero.
    public static func now() -> ProcessUsage { ProcessUsage(residentBytes: resident(), cpuSeconds: cpu()) }

    /// The same with descriptors, whose number takes a system call for a few hundred of them.
    static func withDescriptors() -> ProcessUsage {
        var usage = now()
        usage.descriptors = openDescriptors()
        usage.maximumDescriptors = Int(clamping: zg_raise_descriptor_limit())
        return usage
    }

    /// The entries of /proc/self/fd without `.`, `..` and the descriptor that reads them.
    private static func openDescriptors() -> Int {
        guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        return max(count - 3, 0)
    }

    private static func resident() -> UInt64 {
        let text = (try? RegularFile.read("/proc/self/statm", limit: 4096)) ?? []
        return residentPages(text[...]) * UInt64(clamping: sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The second number of a line of numbers.
    static func residentPages(_ statm: ArraySlice<UInt8>) -> UInt64 {
        let fields = statm.split(separator: UInt8(ascii: " "))
        guard fields.count > 1 else { return 0 }
        return UInt64(String(decoding: fields[1], as: UTF8.self)) ?? 0
    }

    private static func cpu() -> Double {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
