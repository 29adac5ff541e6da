import Wire

/// The fields of a request that policy reads, found in one pass over its head.
struct RequestFields: Sendable {
    var gatewayKey = FieldOccurrence()
    var authorization = FieldOccurrence()
    var tenant = FieldOccurrence()
    var entity = FieldOccurrence()
    var orgs = FieldOccurrence()
    var workingOrg = FieldOccurrence()
    var version = FieldOccurrence()
    let connection: ConnectionOptions

    /// - Parameter tenantHeader: in lower case.
    init(_ head: RequestHead, _ bytes: Span<UInt8>, tenantHeader: [UInt8]) throws(Denial) {
        guard let connection = ConnectionOptions(head.fields, bytes) else { throw .tooManyConnectionOptions }
        self.connection = connection
        for field in head.fields {
            switch field.name {
            case .xGatewayKey: gatewayKey.note(field.valueRange)
            case .authorization: authorization.note(field.valueRange)
            case .zuoraEntityIds: entity.note(field.valueRange)
            case .zuoraOrgIds: orgs.note(field.valueRange)
            case .zuoraVersion: version.note(field.valueRange)
            case .other:
                if bytes.equals(field.nameRange, ignoringCase: tenantHeader) {
                    tenant.note(field.valueRange)
                } else if bytes.extracting(field.nameRange).equals(ignoringCase: "zuora-working-org") {
                    workingOrg.note(field.valueRange)
                }
            default: continue
            }
        }
    }
}
