import CLinux
import Glibc
import Network
import Policy

/// Reads secrets from the configured sources. Blocking, but only on local files; runs on the control loop.
enum SecretReader {
    /// Reads a secret once, without regard to one that was read before.
    static func secret(_ source: SecretSource, for use: SecretVerdict.Use) -> Result<Secret, SecretProblem> {
        switch SecretVerdict(read(source), use: use, known: nil).outcome {
        case .changed(let secret): .success(secret)
        case .unusable(let problem): .failure(problem)
        // Nothing is known that it could equal.
        case .unchanged: .failure(.notRead)
        }
    }

    static func read(_ source: SecretSource) -> SecretFacts {
        switch source {
        case .file(let path): return readFile(path)
        case .environment(let name):
            guard let value = unsafe getenv(name) else { return SecretFacts(content: .failure(.notSet)) }
            return SecretFacts(content: .success(Secret(copying: unsafe String(cString: value))))
        case .literal(let text): return SecretFacts(content: .success(Secret(copying: text)))
        }
    }

    private static func readFile(_ path: String) -> SecretFacts {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return SecretFacts(content: .failure(problem(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return SecretFacts(content: .failure(problem(errno))) }
        let file = SecretFacts.File(
            mode: status.st_mode & 0o7777, isOwn: status.st_uid == geteuid(), isMountPoint: isMountPoint(path),
            hasDataLink: hasDataLink(besides: path))
        guard status.st_mode & S_IFMT == S_IFREG else { return SecretFacts(content: .failure(.notAFile), file: file) }
        return SecretFacts(content: readAll(descriptor), file: file)
    }

    /// One byte more than allowed, to detect secrets that are too long.
    private static func readAll(_ descriptor: Int32) -> Result<Secret, SecretProblem> {
        var bytes = [UInt8](repeating: 0, count: SecretVerdict.sizeLimit + 1)
        defer { bytes.wipe() }
        var count = 0
        while count < bytes.count {
            let read = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if read < 0 { return .failure(problem(errno)) }
            if read == 0 { break }
            count += read
        }
        return .success(Secret(copying: bytes.span.extracting(first: count)))
    }

    private static func problem(_ code: Int32) -> SecretProblem {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case EACCES, EPERM: .notPermitted
        case EISDIR: .notAFile
        default: .unreadable(code)
        }
    }

    private static func hasDataLink(besides path: String) -> Bool {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var status = stat()
        return unsafe lstat(directory + "/..data", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    private static func isMountPoint(_ path: String) -> Bool {
        guard let resolved = unsafe realpath(path, nil) else { return false }
        defer { unsafe free(resolved) }
        return mountTable().isMountPoint(unsafe String(cString: resolved))
    }

    private static func mountTable() -> MountTable {
        MountTable((try? RegularFile.read("/proc/self/mountinfo", limit: 16 << 20)) ?? [])
    }
}
