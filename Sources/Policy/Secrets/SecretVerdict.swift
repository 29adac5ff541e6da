/// The validation result of a secret that was just read.
public struct SecretVerdict: Sendable {
    public var outcome: Outcome
    public var warnings: [SecretWarning]

    /// Larger secrets are refused. Zuora's have at most 42 characters; a static token may be a long one.
    public static let sizeLimit = 64 << 10

    public enum Outcome: Sendable {
        case unchanged
        case changed(Secret)
        case unusable(SecretProblem)
    }

    /// The purpose of the secret.
    public enum Use: Sendable {
        case clientSecret
        case bearerToken
    }

    /// Validates what was read.
    /// - Parameter known: the secret in use. Contents are compared, not times or inodes, which are not
    ///   reliable.
    public init(_ facts: SecretFacts, use: Use, known: Secret?) {
        warnings = facts.file.map(SecretWarning.about) ?? []
        switch facts.content {
        case .failure(let problem):
            outcome = .unusable(problem)
        case .success(let content):
            if let problem = Self.problem(content, use) {
                outcome = .unusable(problem)
                return
            }
            let secret = content.trimmed()
            if secret.hasOuterSpace { warnings.append(.outerSpace) }
            outcome = secret == known ? .unchanged : .changed(secret)
        }
    }

    private static func problem(_ content: Secret, _ use: Use) -> SecretProblem? {
        guard content.count <= sizeLimit else { return .tooLarge }
        let secret = content.trimmed()
        if secret.isEmpty { return .empty }
        return secret.withBytes { bytes in
            if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { return .byteOrderMark }
            for i in bytes.indices {
                if bytes[i] == 0x0A || bytes[i] == 0x0D { return .severalLines }
                if bytes[i] < 0x20 || bytes[i] == 0x7F { return .controlCharacter }
            }
            return use == .bearerToken && !secret.isBearerToken ? .notABearerToken : nil
        }
    }
}

extension Secret {
    /// Without trailing line ends of editors and `echo`.
    func trimmed() -> Secret {
        withBytes { bytes in
            var end = bytes.count
            while end > 0, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
            return end == bytes.count ? self : Secret(copying: bytes.extracting(0..<end))
        }
    }

    fileprivate var hasOuterSpace: Bool {
        withBytes { bytes in !bytes.isEmpty && (bytes[0] == 0x20 || bytes[bytes.count - 1] == 0x20) }
    }
}

/// The result of reading a secret's source.
public struct SecretFacts: Sendable {
    /// The content, or what prevented reading it. At most `SecretVerdict.sizeLimit` + 1 bytes need be read.
    public var content: Result<Secret, SecretProblem>
    /// The file's metadata; nil if the source is not a file.
    public var file: File?

    public init(content: Result<Secret, SecretProblem>, file: File? = nil) {
        self.content = content
        self.file = file
    }

    public struct File: Hashable, Sendable {
        /// Permission bits of `st_mode`, symbolic links followed.
        public var mode: UInt32
        /// Whether the file belongs to the user that the gateway runs as.
        public var isOwn: Bool
        /// Whether the path itself is a mount point (`MountTable`).
        public var isMountPoint: Bool
        /// Whether the file's directory contains a symbolic link `..data`, with which Kubernetes swaps whole directories.
        public var hasDataLink: Bool

        public init(mode: UInt32, isOwn: Bool, isMountPoint: Bool, hasDataLink: Bool) {
            self.mode = mode
            self.isOwn = isOwn
            self.isMountPoint = isMountPoint
            self.hasDataLink = hasDataLink
        }
    }
}

/// The mount points of a process, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
public struct MountTable: Sendable {
    private var points: Set<[UInt8]> = []

    /// - Parameter text: the file's content. Unknown lines are skipped.
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

/// Why a secret's source has no usable secret.
public enum SecretProblem: Error, Hashable, Sendable {
    /// Not read yet.
    case notRead
    case missing
    case notPermitted
    case notAFile
    /// Any other error, by its errno.
    case unreadable(Int32)
    /// The environment variable is not set.
    case notSet
    case empty
    case tooLarge
    case severalLines
    case controlCharacter
    case byteOrderMark
    /// A static token with a character that is invalid in a bearer token, or too long for a field line.
    case notABearerToken

    /// Text that completes "the secret cannot be used: …".
    public var text: String {
        switch self {
        case .notRead: "it has not been read yet"
        case .missing: "the file does not exist"
        case .notPermitted: "the file is not readable by this user"
        case .notAFile: "it is not a regular file"
        case .unreadable(let error): "the file cannot be read (errno \(error))"
        case .notSet: "the environment variable is not set"
        case .empty: "it is empty"
        case .tooLarge: "it is larger than 64 KiB"
        case .severalLines: "it has more than one line"
        case .controlCharacter: "it contains a control character"
        case .byteOrderMark: "it begins with a byte order mark: save it as plain ASCII"
        case .notABearerToken:
            "it contains a space or another character that is invalid in a bearer token, or is longer than 8 KiB"
        }
    }
}

/// A problem of a secret's file that works for now and should be fixed.
public enum SecretWarning: String, Hashable, Sendable, CaseIterable {
    /// Users other than the owner and the group may read it.
    case worldReadable = "world-readable"
    /// The group may read it although the gateway, as its owner, does not need that.
    case groupReadable = "group-readable"
    /// Users other than the owner may change it.
    case writableByOthers = "writable-by-others"
    /// The file is mounted individually: a changed secret is never visible.
    case singleFileMount = "single-file-mount"
    /// It begins or ends with a space, which is probably a mistake.
    case outerSpace = "outer-space"

    static func about(_ file: SecretFacts.File) -> [SecretWarning] {
        var warnings: [SecretWarning] = []
        if file.mode & 0o022 != 0 { warnings.append(.writableByOthers) }
        if file.mode & 0o004 != 0 {
            warnings.append(.worldReadable)
        } else if file.mode & 0o040 != 0, file.isOwn {
            // A process that is not the owner needs the group bit, as with fsGroup in Kubernetes.
            warnings.append(.groupReadable)
        }
        if file.isMountPoint, !file.hasDataLink { warnings.append(.singleFileMount) }
        return warnings
    }

    /// The problem, and how to fix it.
    public var text: String {
        switch self {
        case .worldReadable:
            "every user can read the file: chmod o-r, or in Kubernetes `defaultMode: 0400` with an `fsGroup`"
        case .groupReadable:
            "the file's group can read it, which the gateway does not need: chmod g-r"
        case .writableByOthers:
            "users other than its owner can change the file: chmod go-w"
        case .singleFileMount:
            "the file is mounted individually (Kubernetes `subPath`, `docker -v file:file`), so a new version will never be visible: "
                + "mount its directory"
        case .outerSpace:
            "the secret begins or ends with a space"
        }
    }
}
