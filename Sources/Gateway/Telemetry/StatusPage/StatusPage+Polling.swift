extension StatusPage {
    /// The lists, and the polling loop.
    static let polling = #"""
        function tenants(all, total) {
          const search = byId("filter");
          search.hidden = total < 7;
          const chosen = all.filter((t) => t.tenant.toLowerCase().includes(filter));
          byId("tenant-count").textContent = filter ? chosen.length + " of " + total
            : total > all.length ? total + ", " + all.length + " shown" : total;
          byId("tenants").replaceChildren(...chosen.map(tenant));
        }

        function failure(e) {
          const item = make("li");
          const isCut = e.outcome === "cut" || e.error === "cut";
          const level = isCut || e.status >= 500 || !e.status ? "code" : "code warn";
          const when = make("time", clock(e.time), "soft");
          when.dateTime = e.time;
          const what = make("div", undefined, "what");
          const first = make("div");
          const where = [e.tenant, e.route, e.caller].filter(Boolean).join(" · ");
          first.append(make("b", words(e.error)), " ");
          if (e.count > 1) first.append(make("span", count(e.count) + " times", "times-seen"), " ");
          first.append(make("span", where, "soft"));
          what.append(first);
          if (e.detail) what.append(make("div", e.detail, "detail"));
          if (e.track_id) what.append(make("code", e.track_id));
          item.append(when, make("span", isCut ? "cut" : String(e.status || "–"), level), what);
          return item;
        }

        function errors(list) {
          const sum = list.reduce((sum, e) => sum + e.count, 0);
          byId("error-count").textContent = sum ? count(sum) + (sum > list.length ? ", equal ones grouped" : "") : "";
          const selection = getSelection();
          // A track id that is being copied stays selected.
          if (selection && !selection.isCollapsed && byId("errors").contains(selection.anchorNode)) return;
          byId("errors").replaceChildren(...(list.length ? list.map(failure) : [make("li", "None so far", "empty")]));
        }

        let last;
        function render(s) {
          last = s;
          const state = byId("state");
          if (state.textContent !== words(s.status)) state.textContent = words(s.status);
          state.className = "pill " + (STATES[s.status] || "");
          document.title = (s.status === "ready" ? "" : words(s.status) + " · ") + "zuora-gateway";
          byId("about").textContent = [
            s.version, "up " + span(s.uptime_s), s.workers + (s.workers === 1 ? " worker" : " workers"),
            "configuration of " + stamp(s.configuration.loaded),
            ...(s.fleet ? ["fleet store " + s.fleet.store + (s.fleet.reason ? " (" + words(s.fleet.reason) + ")" : "")] : []),
            ...(s.fleet && s.fleet.members ? [s.fleet.members + " members"] : []),
            ...(s.fleet && s.fleet.slots ? [s.fleet.slots.used + " of " + s.fleet.slots.leased + " leased slots in use"] : []),
            "rates and times " + (s.totals.window_s == null ? "since the start" : "of the last " + Math.max(1, Math.round(s.totals.window_s)) + " s"),
          ].join(" · ");
          const error = s.configuration.error;
          show("reload", error && "The last reload failed; the previous configuration stays in use. " + error);
          const waiting = s.configuration.awaiting_restart;
          show("restart", waiting && "Changed, but only effective after a restart: " + waiting.join(", ") + ".");
          show("missing", s.missing && s.missing.join(" "));
          const lost = s.totals.dropped_lines;
          show("dropped", lost && count(lost) + " lines of the access log were dropped because the output was blocked.");
          const now = Date.parse(s.time);
          if (s.totals.per_second !== undefined) rates.push([now, s.totals.per_second]);
          while (rates.length && rates[0][0] < now - RANGE) rates.shift();
          totals(s.totals);
          tenants(s.tenants, s.tenants_total);
          errors(s.errors);
        }

        async function poll() {
          try {
            const response = await fetch("/status.json", { cache: "no-store", signal: AbortSignal.timeout(5000) });
            if (!response.ok) throw new Error("status " + response.status);
            render(await response.json());
            show("lost", "");
            document.body.classList.remove("stale");
          } catch (error) {
            show("lost", "The gateway does not respond" + (last ? "; showing the state at " + clock(last.time) : "") + ".");
            byId("state").textContent = "no response";
            byId("state").className = "pill bad";
            document.body.classList.add("stale");
          }
          setTimeout(poll, document.hidden ? 5 * INTERVAL : INTERVAL);
        }
        byId("filter").addEventListener("input", (event) => {
          filter = event.target.value.trim().toLowerCase();
          if (last) tenants(last.tenants, last.tenants_total);
        });
        poll();
        """#
}
