import Wire

extension SandboxZuora {
    /// `GET /v1/files/{id}` and `GET /v1/file/{id}`.
    func file(_ id: String, _ call: SandboxCall) -> SandboxReply {
        guard let file = findFile(id, call) else {
            return .json(
                404, ["reasons": [["code": "SystemError", "message": .string("The file \(id) does not exist.")]]])
        }
        guard file.content.count <= settings.fileLimit else {
            let limit = "\(settings.fileLimit >> 20)MB"
            return .text(403, "application/xml", "<security:max-object-size>\(limit)</security:max-object-size>")
        }
        var reply = SandboxReply(
            status: 200,
            fields: [
                Field("Content-Type", file.isGzip ? "application/x-gzip" : "text/csv;charset=utf-8"),
                Field("Content-Disposition", "attachment; filename=\"\(id).csv\(file.isGzip ? ".gz" : "")\""),
            ], body: .synthetic(file.content))
        if file.isGzip { reply.body = .bytes(Self.compress(file.content.bytes(0..<file.content.count))) }
        return reply
    }

    /// `GET /v1/files/{id}/status`.
    func fileStatus(_ id: String, _ call: SandboxCall) -> SandboxReply {
        guard findFile(id, call) != nil else {
            return ZuoraError.reasons(200, 50_000_040, "Cannot find entity by key: '\(id)'.", processID: call.processID)
        }
        return .json(200, ["success": true, "accessible": true, "status": "Completed"])
    }

    /// The file of a completed batch that is not purged yet, or a well-known one.
    private func findFile(_ id: String, _ call: SandboxCall) -> ResultFile? {
        guard let (job, batch) = aqua.file(id, in: call.scope) else { return ResultFile(wellKnown: id) }
        guard job.batchStatus(batch, at: call.now) == .completed, call.now < job.clearsAt + ResultFile.lifetime else {
            return nil
        }
        let content = SyntheticContent(records: job.timing.records / max(1, job.timing.segments), seed: fingerprint(id.utf8))
        // A compressed result is created in memory, so only short ones are compressed.
        return ResultFile(content: content, isGzip: job.format == "GZIP" && content.count <= 16 << 20)
    }
}

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

    /// A file defined by its id: `file-10MiB`, or the id of a fault, which has 64 KiB.
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
