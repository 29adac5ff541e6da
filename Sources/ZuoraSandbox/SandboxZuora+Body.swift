import Wire

extension SandboxZuora {
    /// A request's body without its coding; at most 16 MiB. Nil if it is not what its Content-Encoding says.
    static func plainBody(_ request: SandboxRequest) -> [UInt8]? {
        let coding = request.fields.all("Content-Encoding").joined(separator: ",").lowercased()
        if coding.isEmpty || coding == "identity" { return request.body }
        guard coding == "gzip", let inflater = try? Inflater() else { return nil }
        return try? inflater.inflateWhole(request.body.span, maximumOutput: 16 << 20)
    }

    /// A request's JSON, or the refusal of what is none.
    static func json(_ request: SandboxRequest) -> Result<JSONValue, BodyRefusal> {
        guard let body = plainBody(request), let value = try? JSONValue(parsing: body, limits: .init(bytes: 16 << 20)) else {
            return .failure(BodyRefusal(reply: ZuoraError.code(400, 50_000_090, "Malformed JSON request body.")))
        }
        return .success(value)
    }
}

/// The answer to a body that cannot be read.
struct BodyRefusal: Error {
    var reply: SandboxReply
}
