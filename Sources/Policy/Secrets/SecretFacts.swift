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
