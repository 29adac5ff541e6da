/// The mount points of a process, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
public struct MountTable: Sendable {
    private var points: Set<[UInt8]> = []

    /// - Parameter text: the file's content. Lines that are not understood are skipped.
    public init(_ text: [UInt8]) {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
            if fields.count > 4 { points.insert(Self.unescaped(fields[4])) }
        }
    }

    /// Whether something is mounted at exactly this absolute path, symbolic links resolved.
    public func isMountPoint(_ path: String) -> Bool { points.contains(Array(path.utf8)) }

    /// Space, tab, line feed and backslash are written as a backslash and three octal digits.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var path: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
                path.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
                rest = rest.dropFirst(3)
            } else {
                path.append(byte)
            }
        }
        return path
    }
}
