import CLinux
import Glibc

/// The process, or the whole system, has no free file descriptor: a failure of the gateway, whatever it was about to open.
enum DescriptorShortage {
    static let text = "no file descriptor is free"

    /// - Parameter code: an errno value.
    static func matches(_ code: Int32) -> Bool { code == EMFILE || code == ENFILE }

    /// Whether opening a descriptor fails right now for lack of a free one.
    static var isPresent: Bool {
        let descriptor = eventfd(0, zg_efd_flags)
        guard descriptor >= 0 else { return matches(errno) }
        close(descriptor)
        return false
    }
}

extension UpstreamFailure {
    /// A certificate, key or CA file cannot be read.
    init(credentialFile error: SystemError) {
        let isShort = DescriptorShortage.matches(error.code)
        self.init(isShort ? .internalError : .badCredentialFile, message: isShort ? DescriptorShortage.text : "\(error)")
    }
}
