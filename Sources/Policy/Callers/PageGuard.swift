public import Wire

/// Keeps web pages in a browser on this machine from using a listener that does not authenticate its callers.
///
/// Such a page can send a simple request to any address of the machine (the Fetch standard, CORS-safelisted requests), which says so in
/// `Origin` or `Sec-Fetch-Site`. And a page whose host name is made to resolve to this machine (DNS rebinding) is of the same origin as
/// what listens there; its requests have that name in `Host`.
public struct PageGuard: Sendable {
    /// Names accepted in `Host` besides those that cannot be rebound; nil if `Host` is not checked.
    private let hosts: Set<[UInt8]>?
    private let pages: Pages

    /// Which requests from web pages are refused.
    public enum Pages: Sendable {
        /// None: callers are authenticated, and a page has no key.
        case accepted
        /// Those that may change something: pages cannot read the responses to others.
        case readOnly
        case refused
    }

    /// - Parameters:
    ///   - address: where the listener listens. `Host` is checked for plain HTTP on loopback: elsewhere names vary, and a
    ///     certificate authenticates the name.
    ///   - hosts: further names, in lower case.
    public init(address: ListenAddress, hosts: [String], pages: Pages) {
        self.pages = pages
        switch address {
        case .tcp(let host, _, tls: false) where HostName.isLoopback(host):
            self.hosts = Set((hosts + [host]).map { Array($0.utf8) })
        default: self.hosts = nil
        }
    }

    /// - Throws: 421 for another host than this gateway, 403 for a request from a web page.
    public func check(_ head: RequestHead, _ bytes: Span<UInt8>) throws(Denial) {
        if let hosts, !Self.isOwn(bytes, head.authorityRange, hosts) { throw .foreignHost }
        switch pages {
        case .accepted: return
        case .readOnly where head.method == .get || head.method == .head: return
        case .readOnly, .refused: break
        }
        for field in head.fields where field.name == .other {
            let name = bytes.extracting(field.nameRange)
            if name.equals(ignoringCase: "origin") { throw .fromPage }
            guard name.equals(ignoringCase: "sec-fetch-site") else { continue }
            let site = bytes.extracting(field.valueRange)
            if site.equals(ignoringCase: "cross-site") || site.equals(ignoringCase: "same-site") { throw .fromPage }
        }
    }

    /// An address, which a browser uses for no name; a name without a dot or under `localhost.` (RFC 6761 section 6.3), which the public
    /// DNS does not have; or one of `hosts`.
    private static func isOwn(_ bytes: Span<UInt8>, _ authority: Range<Int>, _ hosts: Set<[UInt8]>) -> Bool {
        guard !authority.isEmpty, bytes[authority.lowerBound] != UInt8(ascii: "[") else { return true }
        let dot = UInt8(ascii: ".")
        var end = bytes.firstIndex(of: UInt8(ascii: ":"), in: authority) ?? authority.upperBound
        if end > authority.lowerBound, bytes[end - 1] == dot { end -= 1 }
        let name = bytes.extracting(authority.lowerBound..<end)
        guard name.firstIndex(of: dot, in: name.indices) != nil else { return true }
        if name.indices.allSatisfy({ name[$0] == dot || (0x30...0x39).contains(name[$0]) }) { return true }
        if name.extracting(last: 10).equals(ignoringCase: ".localhost") { return true }
        return hosts.contains(name.indices.map { name[$0].lowercased })
    }
}

extension Denial {
    static let foreignHost = Denial(
        421, .accept, type: "misdirected-request", title: "Unknown host",
        detail: "Host is not a name of this listener; if callers use that name, add it to hosts in [gateway].")

    static let fromPage = Denial(
        403, .accept, type: "cross-site-request", title: "Cross-site request refused",
        detail: "Origin or Sec-Fetch-Site indicates a request from a web page, and callers are not authenticated here.")
}
