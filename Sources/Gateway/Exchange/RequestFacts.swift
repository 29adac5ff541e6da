import Wire

extension RequestCoding.Facts {
    /// What a request's head says of its content.
    /// - Parameter contentLength: bytes of the content as it came; nil while that is not known.
    init(_ head: RequestHead, _ bytes: Span<UInt8>, contentLength: Int?) {
        self.init(contentLength: contentLength)
        var encoding = ContentEncoding()
        for field in head.fields {
            switch field.name {
            case .contentEncoding: encoding.add(bytes.extracting(field.valueRange))
            case .contentType: isCompressible = BodyFields.isCompressible(contentType: bytes.extracting(field.valueRange))
            case .contentRange: hasContentRange = true
            case .cacheControl: noTransform = BodyFields.forbidsTransform(cacheControl: bytes.extracting(field.valueRange))
            default: break
            }
        }
        coding = encoding.coding
        routeTakesBody = head.method == .post || head.method == .put || head.method == .patch
    }
}
