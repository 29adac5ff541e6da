public import Wire

/// Creates the field lines sent upstream: those of the caller's lines that are known to concern Zuora or that the tenant lists,
/// followed by those that the gateway sets. A company's own fields (identities, cookies, baggage) stay within the company.
///
/// Every copy of an owned field is removed before one is set, whatever its case, order or number.
///
/// `Host`, `Content-Length` and `Transfer-Encoding` are added by the client that sends the message, since they follow from its
/// target and body.
public struct HeaderPolicy: Sendable {
    /// How the content is transformed on its way upstream.
    public enum Recoding: Sendable {
        case asSent
        /// The gateway decodes it.
        case decoded
        /// The gateway codes it with gzip.
        case gzip
    }

    private let unlisted: UnlistedFields
    private let acceptGzip: HeaderBlock
    private let acceptIdentity: HeaderBlock
    private let contentEncodingGzip: HeaderBlock
    /// `Via` for a request received as HTTP/1.0 and as HTTP/1.1 (RFC 9110 section 7.6.3).
    private let via: InlineArray<2, HeaderBlock>
    private let userAgent: HeaderBlock
    private let tenantHeader: [UInt8]

    /// - Parameters:
    ///   - tenantHeader: as configured.
    ///   - product: the gateway's product token and version, such as `zuora-gateway/1.0.0`.
    init(tenantHeader: String, product: String) {
        self.tenantHeader = Array(tenantHeader.utf8)
        unlisted = UnlistedFields(tenantHeader: tenantHeader.utf8.map(\.lowercased))
        acceptGzip = HeaderBlock(.acceptEncoding, "Accept-Encoding", "gzip")
        acceptIdentity = HeaderBlock(.acceptEncoding, "Accept-Encoding", "identity")
        contentEncodingGzip = HeaderBlock(.contentEncoding, "Content-Encoding", "gzip")
        via = [HeaderBlock(.via, "Via", "1.0 zuora-gateway"), HeaderBlock(.via, "Via", "1.1 zuora-gateway")]
        userAgent = HeaderBlock(.userAgent, "User-Agent", product)
    }

    /// Fills `block` after emptying it.
    /// - Parameters:
    ///   - entity: the result of `EntityPolicy.spelling(of:scope:)`.
    ///   - token: the bearer token, bare.
    ///   - acceptsGzip: whether the response may be coded with gzip; otherwise `identity` is requested.
    /// - Returns: false if a line would be malformed, such as one with a token that is invalid in a header: then nothing may be
    ///   sent.
    func write<Observer: PolicyObserver>(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ resolution: Resolution, tenant: Tenant, entity: InlineText?,
        token: Span<UInt8>, trackID: TrackID, recoding: Recoding, acceptsGzip: Bool, into block: inout HeaderBlock,
        observer: inout Observer
    ) -> Bool {
        begin(head, bytes, resolution.fields, tenant, recoding, acceptsGzip, into: &block, observer: &observer)
        observer.begin(.tenant, block)
        var isWhole = true
        if let version = resolution.callersVersion {
            isWhole = block.append(.zuoraVersion, value: bytes.extracting(version))
        } else {
            block.append(contentsOf: tenant.versionLine)
        }
        switch resolution.orgs {
        case .none: break
        case .all: block.append(contentsOf: tenant.orgs.defaultLine)
        case .some(let orgs):
            isWhole = block.append(.zuoraOrgIds, value: tenant.orgs.list(orgs).span) && isWhole
        }
        if let entity {
            isWhole = block.append(.zuoraEntityIds, value: entity.bytes) && isWhole
        }
        observer.begin(.trackID, block)
        isWhole = block.append(.zuoraTrackId, value: trackID.bytes) && isWhole
        observer.begin(.credential, block)
        isWhole = block.append(.authorization, prefix: "Bearer ", value: token) && isWhole
        observer.end(block)
        return isWhole
    }

    /// As `write`, for a tenant whose upstream is a hub. The caller's entity, orgs and version reach it as they are, since it is
    /// the hub that checks and chooses them; its own key, the tenant and the time left are set here.
    /// - Parameters:
    ///   - key: this gateway's key for the hub; empty if it has none.
    ///   - timeout: what is left of the request's time.
    func writeForHub<Observer: PolicyObserver>(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ resolution: Resolution, tenant: Tenant, key: Span<UInt8>, timeout: Duration,
        trackID: TrackID, recoding: Recoding, acceptsGzip: Bool, into block: inout HeaderBlock, observer: inout Observer
    ) -> Bool {
        begin(head, bytes, resolution.fields, tenant, recoding, acceptsGzip, toHub: true, into: &block, observer: &observer)
        block.append(.xRequestTimeout, "X-Request-Timeout", RequestTimeout.text(timeout))
        observer.begin(.tenant, block)
        let name = tenant.name
        var isWhole = block.append(.other, nameBytes: tenantHeader.span, value: name.utf8.span)
        observer.begin(.trackID, block)
        isWhole = block.append(.zuoraTrackId, value: trackID.bytes) && isWhole
        observer.begin(.hubKey, block)
        if !key.isEmpty {
            isWhole = block.append(.xGatewayKey, value: key) && isWhole
        }
        observer.end(block)
        return isWhole
    }

    /// Copies the lines that the caller may send, and appends those that every upstream gets.
    private func begin<Observer: PolicyObserver>(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ fields: RequestFields, _ tenant: Tenant, _ recoding: Recoding,
        _ acceptsGzip: Bool, toHub: Bool = false, into block: inout HeaderBlock, observer: inout Observer
    ) {
        block.removeAll()
        var hasUserAgent = false
        observer.begin(.caller, block)
        for field in head.fields {
            if let removal = removal(of: field, head, bytes, fields, tenant, recoding), !toHub || !field.name.selectsAtHub {
                observer.removed(bytes, field, removal)
                continue
            }
            let isSent = block.append(
                field.name, nameBytes: bytes.extracting(field.nameRange), value: bytes.extracting(field.valueRange))
            if !isSent { observer.removed(bytes, field, .malformed) }
            hasUserAgent = hasUserAgent || isSent && field.name == .userAgent
        }
        observer.begin(.gateway, block)
        if !hasUserAgent { block.append(contentsOf: userAgent) }
        for _ in 0...(toHub ? head.gatewaysPassed(bytes) : 0) { block.append(contentsOf: via[head.minorVersion == 0 ? 0 : 1]) }
        block.append(contentsOf: acceptsGzip ? acceptGzip : acceptIdentity)
        if recoding == .gzip { block.append(contentsOf: contentEncodingGzip) }
    }

    private func removal(
        of field: FieldLine, _ head: RequestHead, _ bytes: Span<UInt8>, _ fields: RequestFields, _ tenant: Tenant,
        _ recoding: Recoding
    ) -> FieldRemoval? {
        switch field.name.requestRule {
        case .forward: break
        case .remove(let removal): return removal
        case .idempotencyKey:
            guard head.method == .post || head.method == .patch else { return .idempotencyKey }
        case .contentEncoding:
            guard head.hasContent else { return .noContent }
            guard recoding == .asSent else { return .recoded }
        case .contentDigest:
            guard recoding == .asSent else { return .recoded }
        case .unlisted:
            switch unlisted.rule(bytes, field.nameRange) {
            case .forward: break
            case .remove(let removal): return removal
            case .unknown:
                guard tenant.forwarded.contains(bytes, field.nameRange) else { return unlisted.reason(bytes, field.nameRange) }
            }
        }
        return fields.connection.remove(field, bytes) ? .connection : nil
    }
}

extension RequestHead {
    /// Whether there is a non-empty body.
    fileprivate var hasContent: Bool { framing != .none && framing != .length(0) }
}

extension HeaderBlock {
    /// A block of one line.
    init(_ name: FieldName, _ text: String, _ value: String) {
        self.init()
        append(name, text, value)
    }
}

extension OrgPolicy {
    fileprivate func list(_ chosen: [Int]) -> [UInt8] {
        var text: [UInt8] = []
        for index in chosen {
            if !text.isEmpty { text.append(0x2C) }
            text.append(contentsOf: orgs[index].utf8)
        }
        return text
    }
}

extension FieldName {
    /// Whether a hub needs the caller's field to choose entity, orgs or version. `Connection` cannot remove it: the request would
    /// then silently be for another entity.
    fileprivate var selectsAtHub: Bool { self == .zuoraEntityIds || self == .zuoraOrgIds || self == .zuoraVersion }
}

extension RequestHead {
    /// A chain of hubs is shorter than this.
    public static let gatewayLimit = 8

    /// How many gateways like this one the request has passed, by its `Via` (RFC 9110 section 7.6.3); at most `gatewayLimit`.
    public func gatewaysPassed(_ bytes: Span<UInt8>) -> Int {
        var count = 0
        for field in fields where field.name == .via {
            let value = bytes.extracting(field.valueRange)
            var list = FieldList(value)
            while count < Self.gatewayLimit, let element = list.next() {
                if value.extracting(element).extracting(last: 14).equals(ignoringCase: " zuora-gateway") { count += 1 }
            }
        }
        return count
    }
}
