import Wire

extension AquaJob {
    /// The description that the reference shows, its drift of types included: a submit says `"version": 1`, the others
    /// `"version": "1.1"`.
    func json(at now: Instant, forSubmit: Bool = false) -> JSONValue {
        .object(of: [
            "partner": partner.isEmpty ? nil : .string(partner),
            "project": project.isEmpty ? nil : .string(project),
            "batches": .array(batches.indices.map { batchJSON($0, at: now) }),
            "encrypted": .string(encrypted),
            "sourceData": .string(sourceData),
            "status": .string(status(at: now).rawValue),
            "name": .string(name),
            "id": .string(id),
            "version": forSubmit && version == "1.1" ? .int(1) : .string(version),
            "format": .string(format),
        ])
    }

    private func batchJSON(_ index: Int, at now: Instant) -> JSONValue {
        let batch = batches[index]
        let status = batchStatus(index, at: now)
        let done = status == .completed
        return .object(of: [
            "localizedStatus": .string(status.rawValue),
            "recordCount": done ? .int(timing.records) : nil,
            "fileId": done && timing.segments == 0 ? batch.fileIDs.first.map(JSONValue.string) : nil,
            "segments": done && timing.segments > 0 ? .array(batch.fileIDs.map(JSONValue.string)) : nil,
            "batchType": .string(batch.type),
            "message": status == .aborted ? "The query was aborted." : done ? "" : nil,
            "status": .string(status.rawValue),
            "name": .string(batch.name),
            "query": .string(batch.query),
            "batchId": .string(batch.id),
        ])
    }
}
