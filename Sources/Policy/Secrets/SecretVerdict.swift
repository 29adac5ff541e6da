/// What a freshly read secret is good for.
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

    /// What the secret is to be used as.
    public enum Use: Sendable {
        case clientSecret
        case bearerToken
    }

    /// Judges what was found.
    /// - Parameter known: the secret that is in use. Contents are compared, not times or inodes: those change without it and stay
    ///   the same with it.
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
    /// Without the line ends that editors and `echo` leave behind.
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

/// What was found where a secret is read from.
public struct SecretFacts: Sendable {
    /// The content, or what prevented reading it. At most `SecretVerdict.sizeLimit` + 1 bytes need be read.
    public var content: Result<Secret, SecretProblem>
    /// What the file system says; nil: the source is no file.
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
        /// Whether the file's directory holds a symbolic link `..data`, by which Kubernetes swaps whole directories.
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

/// Why a secret's source gives no usable secret.
public enum SecretProblem: Error, Hashable, Sendable {
    /// Nobody has looked yet.
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
    /// A static token with a character that cannot stand in a bearer token, or too long for a field line.
    case notABearerToken

    /// Plain words that complete "the secret cannot be used: …".
    public var text: String {
        switch self {
        case .notRead: "it has not been read yet"
        case .missing: "the file does not exist"
        case .notPermitted: "the file may not be read by this user"
        case .notAFile: "it is not a regular file"
        case .unreadable(let error): "the file cannot be read (errno \(error))"
        case .notSet: "the environment variable is not set"
        case .empty: "it is empty"
        case .tooLarge: "it is larger than 64 KiB"
        case .severalLines: "it has more than one line"
        case .controlCharacter: "it contains a control character"
        case .byteOrderMark: "it begins with a byte order mark: save it as plain ASCII"
        case .notABearerToken: "it contains a space or another character that no bearer token has, or is longer than 8 KiB"
        }
    }
}

/// Something about a secret's file that works today and should be mended.
public enum SecretWarning: String, Hashable, Sendable, CaseIterable {
    /// Users other than the owner and the group may read it.
    case worldReadable = "world-readable"
    /// The group may read it though the gateway, as its owner, does not need that.
    case groupReadable = "group-readable"
    /// Others than the owner may change it.
    case writableByOthers = "writable-by-others"
    /// The file is mounted by itself: a changed secret is never seen.
    case singleFileMount = "single-file-mount"
    /// It begins or ends with a space, which was hardly meant.
    case outerSpace = "outer-space"

    static func about(_ file: SecretFacts.File) -> [SecretWarning] {
        var warnings: [SecretWarning] = []
        if file.mode & 0o022 != 0 { warnings.append(.writableByOthers) }
        if file.mode & 0o004 != 0 {
            warnings.append(.worldReadable)
        } else if file.mode & 0o040 != 0, file.isOwn {
            // A process that is not the owner reads by the group bit: the way of Kubernetes with fsGroup.
            warnings.append(.groupReadable)
        }
        if file.isMountPoint, !file.hasDataLink { warnings.append(.singleFileMount) }
        return warnings
    }

    /// What is the matter, and what to do.
    public var text: String {
        switch self {
        case .worldReadable:
            "every user can read the file: chmod o-r, or in Kubernetes `defaultMode: 0400` with an `fsGroup`"
        case .groupReadable:
            "the file's group can read it, and the gateway does not need that: chmod g-r"
        case .writableByOthers:
            "users other than its owner can change the file: chmod go-w"
        case .singleFileMount:
            "the file is mounted by itself (Kubernetes `subPath`, `docker -v file:file`), so a new version of it will never show up: "
                + "mount its directory"
        case .outerSpace:
            "the secret begins or ends with a space"
        }
    }
}
