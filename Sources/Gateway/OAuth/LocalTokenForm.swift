import Network
import Policy
import Wire

/// What a call to the local token endpoint brings: the form, read whole and within its limit.
struct LocalTokenForm {
    /// Holds a caller's key: to be wiped by whoever has it.
    var bytes: [UInt8] = []

    /// - Throws: a refusal in OAuth's terms, or the body's own error.
    init(_ http: HTTPExchange) async throws {
        try Self.check(http)
        guard http.declaredBodyLength ?? 0 <= LocalTokenRequest.maximumLength else { throw LocalTokenRefusal.tooLong }
        // Room for all of it from the start, so that growing leaves no copy behind.
        bytes.reserveCapacity(LocalTokenRequest.maximumLength)
        do {
            while var chunk = try await http.nextBodyChunk() {
                defer { chunk.wipe() }
                guard bytes.count + chunk.count <= LocalTokenRequest.maximumLength else { throw LocalTokenRefusal.tooLong }
                bytes.append(contentsOf: chunk)
            }
        } catch {
            bytes.wipe()
            throw error
        }
    }

    /// What the head says of the form.
    private static func check(_ http: HTTPExchange) throws(LocalTokenRefusal) {
        let head = http.head
        guard head.queryRange == nil else { throw .query }
        let isForm = http.withHeadBytes { bytes in
            var types = 0
            for field in head.fields {
                switch field.name {
                case .contentType:
                    guard bytes.extracting(field.valueRange).isFormType else { return false }
                    types += 1
                case .contentEncoding: return false
                default: continue
                }
            }
            return types == 1
        }
        guard isForm else { throw .notAForm }
    }
}

extension Span<UInt8> {
    /// Whether the media type is that of a form, whatever its parameters.
    fileprivate var isFormType: Bool {
        let type: StaticString = "application/x-www-form-urlencoded"
        guard starts(withIgnoringCase: type) else { return false }
        let end = type.utf8CodeUnitCount
        return count == end || [0x3B, 0x20, 0x09].contains(self[end])
    }
}
