import Glibc

/// Users and groups of this machine.
enum Account: String {
    case user, group

    /// The numeric id; nil if there is no such name.
    func id(of name: String) -> UInt32? {
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        switch self {
        case .user:
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard unsafe getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil else { return nil }
            return unsafe entry.pw_uid
        case .group:
            var entry = unsafe Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            guard unsafe getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil else { return nil }
            return unsafe entry.gr_gid
        }
    }
}
