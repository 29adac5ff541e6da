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
