import Wire

@testable import Policy

/// A request head, parsed by the same parser that the server uses.
struct SampleRequest {
    let head: RequestHead
    let bytes: [UInt8]

    struct Unparsable: Error { let result: RequestHeadParser.Result }

    /// - Parameter fields: `Name: value` lines; a Host line is added.
    init(_ requestLine: String, _ fields: [String] = [], host: String = "gateway") throws {
        let text = ([requestLine + " HTTP/1.1", "Host: \(host)"] + fields + ["", ""]).joined(separator: "\r\n")
        var parser = RequestHeadParser(limits: HeadLimits(head: 1 << 20, target: 1 << 16, fields: 2000))
        let utf8 = Array(text.utf8)
        let result = parser.parse(utf8.span)
        guard result == .complete else { throw Unparsable(result: result) }
        head = parser.head
        bytes = utf8
    }

    func resolve(
        _ policy: Policy, evidence: CallerEvidence = .none, listener: Int? = nil
    ) -> Result<Resolution, Denial> {
        do throws(Denial) {
            return .success(try policy.resolve(head, bytes.span, evidence: evidence, listenerTenant: listener))
        } catch {
            return .failure(error)
        }
    }

    /// The field lines that go upstream, as `Name: value`.
    func upstream(
        _ policy: Policy, evidence: CallerEvidence = .none, scope: TokenScope = .unknown, token: String = "tok",
        recoding: HeaderPolicy.Recoding = .asSent, acceptsGzip: Bool = true
    ) throws -> [String] {
        let resolution = try policy.resolve(head, bytes.span, evidence: evidence)
        var block = HeaderBlock()
        let isWhole = try policy.writeUpstreamHeaders(
            of: resolution, head, bytes.span, scope: scope, token: Array(token.utf8).span,
            trackID: TrackID(Array("track-1".utf8).span), recoding: recoding, acceptsGzip: acceptsGzip, into: &block)
        return isWhole ? block.lines : []
    }
}

extension HeaderBlock {
    var lines: [String] {
        fields.indices.map { "\(String(decoding: bytes[fields[$0].nameRange], as: UTF8.self)): \(value($0))" }
    }
}

extension [String] {
    /// The values of the lines with this name, in any case.
    func values(_ name: String) -> [String] {
        filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }
}

extension Result<Resolution, Denial> {
    var status: Int? { if case .failure(let denial) = self { denial.status } else { nil } }
    var denial: Denial? { if case .failure(let denial) = self { denial } else { nil } }
    var resolution: Resolution? { try? get() }
}
