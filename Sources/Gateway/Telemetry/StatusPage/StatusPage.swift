import Policy

/// The status page: one HTML document that only needs `/status.json`, which it requests every two seconds.
///
/// Data goes into it as text only, never as markup, and its content security policy allows only its own script.
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

    /// A hash-source; `'none'` if the digest is unavailable.
    private static func source(of text: String) -> String {
        guard let digest = SHA256Digest(of: text.utf8.span) else { return "'none'" }
        return "'sha256-\(Base64.text(digest.bytes))'"
    }
}

extension StatusPage {
    /// The boxes above the tenants, and the graph of the request rate.
    static let totals = #"""
        const STATES = { ready: "good", degraded: "warn", starting: "warn", draining: "warn", "not-ready": "bad" };
        const words = (text) => text.replace(/-/g, " ");

        function totals(t) {
          const [memory, unit] = bytes(t.memory_bytes);
          const boxes = [
            ["Requests in flight", count(t.in_flight), t.queued ? count(t.queued) + " queued" : ""],
            ["Requests in total", count(t.requests), ""],
            ["Request time, median", time(t.p50_ms), ""],
            ["Request time, 99 %", time(t.p99_ms), ""],
            ["Callers' connections", count(t.client_connections), ""],
            ["Upstream connections", count(t.upstream_connections), ""],
            ["Memory in use", String(memory), unit],
            ["Loop delay, longest", time(t.lag_ms), ""],
          ];
          byId("totals").replaceChildren(chart(t.per_second), ...boxes.map(([name, value, note]) => {
            const box = make("div");
            const data = make("dd", value);
            if (note) data.append(make("small", note));
            box.append(make("dt", name), data);
            return box;
          }));
        }

        function chart(now) {
          const box = make("div", undefined, "wide");
          const data = make("dd", rate(now));
          data.append(make("small", now === undefined ? "measuring" : "per second"));
          box.append(make("dt", "Request rate"), data);
          if (rates.length > 1) box.append(line());
          return box;
        }

        // A bound of the scale with one digit: 1, 2 or 5 times a power of ten.
        function bound(n) {
          const power = 10 ** Math.floor(Math.log10(n));
          return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= n);
        }

        function line() {
          const SVG = "http://www.w3.org/2000/svg";
          const end = rates[rates.length - 1][0];
          // At least twenty seconds, so that a new page shows a graph as well.
          const range = Math.max(end - rates[0][0], 20000);
          const top = bound(Math.max(...rates.map(([, v]) => v), 0.1));
          const x = (at) => (100 - 100 * (end - at) / range).toFixed(2);
          const points = rates.map(([at, v]) => x(at) + "," + (26 - 25 * v / top).toFixed(2));
          const graph = make("div", undefined, "graph");
          graph.append(make("span", rate(top) + " per second", "scale"));
          const axis = make("div", undefined, "axis");
          axis.append(make("span", span(Math.round(range / 1000)) + " ago"), make("span", "now"));
          const svg = document.createElementNS(SVG, "svg");
          svg.setAttribute("viewBox", "0 0 100 27");
          svg.setAttribute("preserveAspectRatio", "none");
          svg.setAttribute("aria-hidden", "true");
          const area = document.createElementNS(SVG, "polygon");
          area.setAttribute("points", x(rates[0][0]) + ",27 " + points.join(" ") + " 100,27");
          const curve = document.createElementNS(SVG, "polyline");
          curve.setAttribute("points", points.join(" "));
          svg.append(area, curve);
          graph.append(svg, axis);
          return graph;
        }
        """#
}

extension StatusPage {
    /// Helper functions of the script.
    static let formats = #"""
        "use strict";
        const INTERVAL = 2000, RANGE = 120000;
        const rates = [];
        let filter = "";

        const byId = (id) => document.getElementById(id);
        // Data goes into the page as text only.
        function make(tag, text, className) {
          const node = document.createElement(tag);
          if (text !== undefined) node.textContent = text;
          if (className) node.className = className;
          return node;
        }
        function show(id, text) {
          const node = byId(id);
          node.hidden = !text;
          if (node.textContent !== (text || "")) node.textContent = text || "";
        }

        const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
        const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
        const count = (n) => (n >= 100000 ? short : whole).format(n);
        function rate(n) {
          if (n === undefined) return "–";
          return n >= 100 ? whole.format(n) : n.toFixed(n >= 10 ? 1 : n > 0 ? 2 : 0);
        }
        function time(ms) {
          if (ms === undefined) return "–";
          if (ms < 10) return ms.toFixed(1) + " ms";
          if (ms < 1000) return Math.round(ms) + " ms";
          return (ms / 1000).toFixed(ms < 10000 ? 1 : 0) + " s";
        }
        function span(s) {
          if (s < 120) return s + " s";
          if (s < 7200) return Math.floor(s / 60) + " min";
          if (s < 172800) return Math.floor(s / 3600) + " h";
          return Math.floor(s / 86400) + " d";
        }
        function bytes(n) {
          const units = ["B", "KiB", "MiB", "GiB", "TiB"];
          let i = 0;
          while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
          return [i === 0 ? n : n.toFixed(1), units[i]];
        }
        // With the zone: the log is in UTC, and the reader may be anywhere.
        const zone = { hour12: false, timeZoneName: "short" };
        const clock = (text) => new Date(text).toLocaleTimeString([], zone);
        const stamp = (text) => new Date(text).toLocaleString([], zone);
        """#
}

extension StatusPage {
    /// The static part.
    static let markup = #"""
        <header>
        <h1>zuora-gateway</h1><span class="pill" id="state" role="status">connecting</span>
        <span class="soft" id="about">&nbsp;</span>
        </header>
        <main>
        <p class="notice bad" id="lost" role="alert" hidden></p>
        <p class="notice warn" id="reload" hidden></p>
        <p class="notice warn" id="restart" hidden></p>
        <p class="notice bad" id="missing" hidden></p>
        <p class="notice warn" id="dropped" hidden></p>
        <dl class="totals" id="totals"></dl>
        <h2>Tenants <small id="tenant-count"></small>
        <input type="search" id="filter" placeholder="Filter" aria-label="Filter tenants" hidden></h2>
        <div id="tenants"></div>
        <h2>Last errors <small id="error-count"></small></h2>
        <ul class="card" id="errors"><li class="empty">None so far</li></ul>
        </main>
        <footer class="soft"><a href="/metrics">metrics</a><a href="/readyz?tenants">readyz</a><a href="/status.json">status.json</a>
        <noscript>This page needs JavaScript; the links do not.</noscript></footer>
        """#
}

/// Base 64 (RFC 4648 section 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for i in 0...group.count { out.append(alphabet[bits >> (18 - 6 * i) & 63]) }
            for _ in group.count..<3 { out.append(UInt8(ascii: "=")) }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
