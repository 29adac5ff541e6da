extension StatusPage {
    /// One card per tenant.
    static let tenantCards = #"""
        function row(name, value) {
          const node = make("div", undefined, "row");
          node.append(make("span", name), make("span", value));
          return node;
        }
        function meter(label, share, level) {
          const node = make("div", undefined, "meter " + level);
          const bar = make("i");
          const percent = Math.round(100 * Math.min(Math.max(share, 0), 1));
          bar.style.width = percent + "%";
          node.setAttribute("role", "meter");
          node.setAttribute("aria-label", label);
          node.setAttribute("aria-valuemin", "0");
          node.setAttribute("aria-valuemax", "100");
          node.setAttribute("aria-valuenow", String(percent));
          node.append(bar);
          return node;
        }

        const BAD = ["failed", "cut", "unknown", "wrong-entity", "not-permitted"];
        const WARN = ["refused", "denied", "rejected", "abandoned"];
        const outcomeLevel = (name) => BAD.includes(name) ? "bad" : WARN.includes(name) ? "warn" : "";

        function token(card, t) {
          const serves = ["valid", "refreshing", "failing"].includes(t.state);
          const level = t.state === "failed" ? "bad" : t.state === "failing" ? "warn" : "";
          if (t.static) { card.append(row("Token", "static, " + t.state)); return; }
          let text = t.state;
          if (serves && t.remaining_s !== undefined) text += ", " + span(t.remaining_s) + " left";
          card.append(row("Token", text));
          const known = serves && t.remaining_s !== undefined && t.lifetime_s > 0;
          card.append(meter("Lifetime of the token left", known ? t.remaining_s / t.lifetime_s : 0, level));
        }

        // Outcomes of requests at a glance: the numbers are in the list below.
        function shares(outcomes) {
          const bar = make("div", undefined, "shares");
          bar.setAttribute("aria-hidden", "true");
          for (const level of ["", "warn", "bad"]) {
            const sum = outcomes.reduce((sum, [name, n]) => sum + (outcomeLevel(name) === level ? n : 0), 0);
            if (!sum) continue;
            const part = make("i", undefined, level);
            part.style.flexGrow = String(sum);
            bar.append(part);
          }
          return bar;
        }

        function tenant(t) {
          const card = make("article", undefined, "card");
          const head = make("header");
          const open = t.breaker === "open", half = t.breaker === "half-open";
          const [state, level] = !t.ready ? ["not ready", "bad"] : open ? ["breaker open", "bad"]
            : half ? ["breaker half-open", "warn"] : t.token?.state === "failing" ? ["refresh fails", "warn"] : ["ready", "good"];
          const name = make("h3", t.tenant);
          name.title = t.tenant;
          head.append(name, make("span", state, "pill " + level));
          card.append(head, make("div", t.host, "soft host"));
          if (t.missing) {
            const list = make("ul", undefined, "missing");
            list.append(...t.missing.map((text) => make("li", text)));
            card.append(list);
          }
          if (t.hub) {
            card.append(row("Upstream", "a hub"), row("Requests in flight", count(t.in_flight)));
          } else {
            token(card, t.token);
            const queued = t.queued ? ", " + count(t.queued) + " queued" : "";
            card.append(row("Requests in flight", t.in_flight + " of " + t.concurrency + queued));
            const used = t.concurrency ? t.in_flight / t.concurrency : 0;
            card.append(meter("Slots in use", used, t.queued ? "bad" : used >= 0.8 ? "warn" : ""));
          }
          if (t.rate_remaining !== undefined) {
            const limit = t.rate_limit ? " of " + count(t.rate_limit) : "";
            card.append(row("Zuora's rate limit", count(t.rate_remaining) + limit + " left"));
          }
          card.append(make("div", "Requests and their times", "soft label"));
          const times = make("dl", undefined, "times");
          const figures = [
            ["per second", rate(t.per_second)], ["median", time(t.p50_ms)], ["95 %", time(t.p95_ms)], ["99 %", time(t.p99_ms)],
          ];
          for (const [name, value] of figures) {
            const cell = make("div");
            cell.append(make("dt", name), make("dd", value));
            times.append(cell);
          }
          card.append(times);
          card.append(make("div", "Outcomes since the start", "soft label"));
          card.append(shares(Object.entries(t.outcomes)));
          const chips = Object.entries(t.outcomes).map(([name, n]) => [words(name), n, outcomeLevel(name)]);
          if (t.retries) chips.push(["retries", t.retries, ""]);
          if (t.token?.failures) chips.push(["token failures", t.token.failures, "warn"]);
          if (chips.length) {
            const list = make("ul", undefined, "chips");
            list.append(...chips.map(([name, n, level]) => {
              const chip = make("li", name, level);
              chip.append(make("b", count(n)));
              return chip;
            }));
            card.append(list);
          }
          return card;
        }
        """#
}
