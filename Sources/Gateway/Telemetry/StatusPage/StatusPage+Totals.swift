extension StatusPage {
    /// The boxes above the tenants, and the curve of the request rate.
    static let totals = #"""
        const STATES = { ready: "good", degraded: "warn", starting: "warn", draining: "warn", "not-ready": "bad" };
        const words = (text) => text.replace(/-/g, " ");

        function totals(t) {
          const [memory, unit] = bytes(t.memory_bytes);
          const boxes = [
            ["In flight", count(t.in_flight), t.queued ? count(t.queued) + " queued" : ""],
            ["Requests", count(t.requests), ""],
            ["Median", time(t.p50_ms), ""],
            ["99th percentile", time(t.p99_ms), ""],
            ["Connections in", count(t.client_connections), ""],
            ["Connections out", count(t.upstream_connections), ""],
            ["Memory", String(memory), unit],
            ["Longest turn", time(t.lag_ms), ""],
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
          data.append(make("small", now === undefined ? "measuring" : "a second"));
          box.append(make("dt", "Request rate"), data);
          if (rates.length > 1) box.append(line(rates));
          return box;
        }

        function line(values) {
          const SVG = "http://www.w3.org/2000/svg";
          // As many places as there are points, up to a bound: a page that was opened just now has a curve, too.
          const places = Math.max(values.length, 10);
          const top = Math.max(...values, 0.001), step = 100 / (places - 1), first = places - values.length;
          const points = values.map((v, i) => ((first + i) * step).toFixed(2) + "," + (26 - 24 * v / top).toFixed(2));
          const svg = document.createElementNS(SVG, "svg");
          svg.setAttribute("viewBox", "0 0 100 27");
          svg.setAttribute("preserveAspectRatio", "none");
          svg.setAttribute("aria-hidden", "true");
          const area = document.createElementNS(SVG, "polygon");
          area.setAttribute("points", (first * step).toFixed(2) + ",27 " + points.join(" ") + " 100,27");
          const curve = document.createElementNS(SVG, "polyline");
          curve.setAttribute("points", points.join(" "));
          svg.append(area, curve);
          return svg;
        }
        """#
}
