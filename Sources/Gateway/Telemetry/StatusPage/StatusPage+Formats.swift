extension StatusPage {
    /// Small things that the rest of the script is made from.
    static let formats = #"""
        "use strict";
        const INTERVAL = 2000, POINTS = 60;
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
        const clock = (text) => new Date(text).toLocaleTimeString([], { hour12: false });
        """#
}
