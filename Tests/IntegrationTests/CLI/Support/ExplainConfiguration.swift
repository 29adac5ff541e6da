/// The configuration that `explain` is asked about.
enum ExplainConfiguration {
    static let secret = "a-secret-that-must-not-show"
    static let key = "zgk_0123456789abcdefghjkmnpqrstvwxyz012345"
    /// SHA-256 of `key`.
    static let keyHash = "dcabd16927ac2338c8da0cd57c7a031592c39f2b4f9f54dd47cb2150436aaf62"

    /// Two tenants; `billing` may only cancel for acme, and has a key, a Unix user and a certificate's name.
    static let text = """
        [gateway]
        listen = [
            "127.0.0.1:8080", { address = "[::1]:8081", tenant = "globex" }, "unix:/run/zuora-gateway.sock", "tls:127.0.0.1:8443",
        ]
        tls = { certificate = "/c", key = "/k", client_ca = "/ca" }

        [callers.billing]
        key_sha256 = ["\(keyHash)"]
        peer_uid = [1001]
        san = ["spiffe://cluster/billing"]
        tenants = ["acme"]
        routes = ["aqua.cancel"]

        [callers.reports]
        peer_gid = [2002]

        [tenants.acme]
        upstream = "https://rest.na.zuora.com"
        client_id = "id"
        client_secret = { env = "ACME_SECRET" }
        entity = "emea"
        orgs = ["org-1", "org-2"]
        api_version = "2025-08-12"
        routes = ["aqua.cancel", "aqua.get", "aqua.submit"]
        timeout = "90s"
        rate = 5
        burst = 10
        entity_concurrency = 8
        outcome_status = "strict"
        forward_headers = ["X-Request-Id"]

        [tenants.acme.entities]
        emea = "e20b0747-4688-4ad5-8014-68daf10e501d"
        amer = "8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f"

        [tenants.globex]
        upstream = "http://127.0.0.1:9080"
        client_id = "id"
        client_secret = "\(secret)"
        routes = ["aqua.cancel", "files.get"]
        breaker = false
        gzip = { request = "never", response = "never" }

        """
}
