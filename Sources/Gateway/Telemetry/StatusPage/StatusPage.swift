import Policy

/// The status page: one HTML document that needs nothing but `/status.json`, which it asks for every two seconds.
///
/// Data goes into it as text only, never as markup, and its content security policy allows no script but its own.
public enum StatusPage {
    public static let contentType = "text/html; charset=utf-8"

    /// The whole page, UTF-8.
    public static let html = Array(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>zuora-gateway</title>
        <link rel="icon" href="data:,">
        <style>\(style)</style>
        </head>
        <body>
        \(markup)
        <script>\(script)</script>
        </body>
        </html>

        """.utf8)

    static let script = [formats, totals, tenantCards, polling].joined(separator: "\n")

    /// The value of `Content-Security-Policy` that goes with the page (W3C, Content Security Policy Level 3): style and script
    /// are named by their digests.
    public static let contentSecurityPolicy =
        "default-src 'none'; style-src \(source(of: style)); script-src \(source(of: script)); img-src data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// A hash-source; `'none'` if there is no digest to be had.
    private static func source(of text: String) -> String {
        guard let digest = SHA256Digest(of: text.utf8.span) else { return "'none'" }
        return "'sha256-\(Base64.text(digest.bytes))'"
    }
}
