import Wire

/// A file that can be downloaded.
struct ResultFile {
    var content: SyntheticContent
    var isGzip = false

    /// Result files are purged after three days.
    static let lifetime: Duration = .seconds(3 * 86_400)

    init(content: SyntheticContent, isGzip: Bool = false) {
        self.content = content
        self.isGzip = isGzip
    }

    /// A file that exists by the sound of its id: `file-10MiB`, or one of a fault, which has 64 KiB.
    init?(wellKnown id: String) {
        let name = id.prefix { $0 != "." }
        if name.hasPrefix("file-"), let size = byteSize(name.dropFirst(5)) {
            content = SyntheticContent(count: size, seed: fingerprint(id.utf8))
        } else if FaultName(id: id) != nil {
            content = SyntheticContent(count: 64 << 10, seed: fingerprint(id.utf8))
        } else {
            return nil
        }
    }
}
