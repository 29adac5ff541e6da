import Policy
import Wire

extension Schema {
    static let caller = Section<CallerSettings>(
        "[callers.NAME]",
        """
        Authorized callers. Without any, every client that can reach a listener is trusted. A caller is identified by any of its keys, \
        peers or certificate names; no two callers may share one. `zuora-gateway hash-key` makes the hash of a key.
        """,
        [
            Field(
                "key_sha256", \.keyHashes, .list(of: .sha256),
                "SHA-256 hashes of the keys accepted in `X-Gateway-Key` or `Authorization: Bearer`; list several to rotate keys.",
                example: #"["2fb610da0351a68ae77b60d85121443e8df8f44dc9eae405bd3d3303eacab6b2"]"#),
            Field(
                "peer_uid", \.peerUIDs, .list(of: .id), "User ids of peer processes on a Unix socket.",
                example: "[1001]"),
            Field("peer_gid", \.peerGIDs, .list(of: .id), "Group ids of peer processes on a Unix socket.", example: "[1001]"),
            Field(
                "san", \.sans, .list(of: .san),
                "Subject alternative names of client certificates, URIs or DNS names; needs `client_ca` in `[gateway.tls]`.",
                example: #"["spiffe://example.org/billing"]"#),
            Field(
                "tenants", \.tenants, .list(of: .name), "The tenants that the caller may use. Absent: all.",
                example: #"["acme"]"#),
            Field(
                "routes", \.routes, .list(of: .name), "The routes that the caller may use. Absent: all that the tenant forwards.",
                example: #"["aqua.cancel"]"#),
        ])
}

extension ValueReader where Value == [UInt8] {
    static let sha256 = ValueReader(form: "64 hexadecimal digits", text: \.hexadecimal) { node, reading in
        guard let text = reading.string(node, "64 hexadecimal digits, a string") else { return nil }
        guard let digest = SHA256Digest(hex: text) else {
            // The value may be the key itself, so it is not repeated.
            reading.error("not the 64 hexadecimal digits of a SHA-256", hint: "zuora-gateway hash-key makes it from a key")
            return nil
        }
        return digest.bytes
    }
}

extension ValueReader where Value == UInt32 {
    static let id = ValueReader(form: "integer, 0 to 4294967294", text: { "\($0)" }) { node, reading in
        guard case .integer(let number) = node.value, let id = UInt32(exactly: number), id < .max else {
            reading.error("expected an id, an integer from 0 to 4294967294")
            return nil
        }
        return id
    }
}

extension ValueReader where Value == String {
    static let san = string("URI or DNS name") { name in
        if name.contains("://") {
            return name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
                ? nil : "\(quoted(name)) contains characters that are not allowed in a URI"
        }
        return HostName.isName(name) ? nil : "\(quoted(name)) is neither a URI nor a DNS name"
    }
}
