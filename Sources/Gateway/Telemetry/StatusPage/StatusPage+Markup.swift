extension StatusPage {
    /// What does not depend on data.
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
        <footer class="soft"><a href="/metrics">metrics</a><a href="/readyz">readyz</a><a href="/status.json">status.json</a>
        <noscript>This page needs JavaScript; the links do not.</noscript></footer>
        """#
}
