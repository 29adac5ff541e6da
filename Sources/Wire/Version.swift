internal import CLinux

/// The product's version.
public enum Version {
    public static let current = "0.1.0"

    /// The commit that was built: 12 hexadecimal digits; nil if the build did not know it (`ZG_REVISION`).
    public static let revision: String? = {
        let text = unsafe String(cString: zg_revision())
        return text.isEmpty ? nil : text
    }()
}
