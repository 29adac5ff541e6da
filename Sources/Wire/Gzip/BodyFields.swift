/// What other fields say of a body that might be transcoded, one field line's value at a time.
public enum BodyFields {
    /// Whether Cache-Control has `no-transform` (RFC 9111 sections 5.2.1.6 and 5.2.2.6).
    public static func forbidsTransform(cacheControl value: Span<UInt8>) -> Bool {
        var position = 0
        while let directive = FieldText.nextElement(in: value, from: &position) {
            if FieldText.isEqual(value, directive, "no-transform") { return true }
        }
        return false
    }

    /// Whether Vary already says that the answer depends on Accept-Encoding (RFC 9110 section 12.5.5).
    public static func variesByEncoding(vary value: Span<UInt8>) -> Bool {
        var position = 0
        while let name = FieldText.nextElement(in: value, from: &position) {
            if FieldText.isEqual(value, name, "*") || FieldText.isEqual(value, name, "accept-encoding") { return true }
        }
        return false
    }

    /// Whether a body of this Content-Type is worth encoding: text, JSON and XML, forms; the types that Zuora compresses are
    /// among them. A stream of events is not, since each event must arrive at once.
    public static func isCompressible(contentType value: Span<UInt8>) -> Bool {
        let end = FieldText.firstIndex(of: UInt8(ascii: ";"), in: value, value.indices) ?? value.count
        let type = FieldText.trim(value, 0..<end)
        if FieldText.begins(value, type, "text/") { return !FieldText.isEqual(value, type, "text/event-stream") }
        guard FieldText.begins(value, type, "application/") else { return false }
        let subtype = type.lowerBound + 12..<type.upperBound
        return FieldText.isEqual(value, subtype, "json") || FieldText.isEqual(value, subtype, "xml")
            || FieldText.isEqual(value, subtype, "x-ndjson") || FieldText.isEqual(value, subtype, "x-www-form-urlencoded")
            || FieldText.ends(value, subtype, "+json") || FieldText.ends(value, subtype, "+xml")
    }

    /// A strong entity tag made weak, since a transcoded body is no longer the same byte for byte (RFC 9110 section 8.8.1).
    /// - Returns: nil if nothing is to be changed: the tag is weak already, or no entity tag at all.
    public static func weakened(etag value: Span<UInt8>) -> [UInt8]? {
        let tag = FieldText.trim(value, value.indices)
        let quote = UInt8(ascii: "\"")
        guard tag.count >= 2, value[tag.lowerBound] == quote, value[tag.upperBound - 1] == quote else { return nil }
        return [UInt8](capacity: tag.count + 2) { output in
            output.append(UInt8(ascii: "W"))
            output.append(UInt8(ascii: "/"))
            for i in tag { output.append(value[i]) }
        }
    }
}
