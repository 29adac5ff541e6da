extension StatusPage {
    /// Colours first, for light and dark.
    static let style = #"""
        :root {
          color-scheme: light dark;
          --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --soft: #5b6675; --line: #e1e5ea; --track: #e8ebef;
          --good: #14703f; --good-back: #e3f4ea; --warn: #8f5a00; --warn-back: #fdf0d5; --bad: #b3261e; --bad-back: #fce8e6;
          --bar: #3d6fd0; --bar-good: #35a06b; --bar-warn: #d08a1d; --bar-bad: #cf3f36;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #11161c; --card: #1a2129; --ink: #e6eaf0; --soft: #98a4b3; --line: #2a333e; --track: #2a333e;
            --good: #6fd3a0; --good-back: #16352a; --warn: #f0bd62; --warn-back: #3a2c10; --bad: #ff9a92; --bad-back: #431d1b;
            --bar: #6d9bf1; --bar-good: #4fb587; --bar-warn: #e0a244; --bar-bad: #e8655c;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body {
          margin: 0; background: var(--page); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
          font-variant-numeric: tabular-nums;
        }
        main, header { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
        header { padding-top: 24px; display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; }
        h1 { font-size: 20px; font-weight: 650; letter-spacing: -0.01em; margin: 0; }
        h2 { font-size: 15px; font-weight: 650; margin: 32px 0 10px; display: flex; align-items: baseline; gap: 10px; }
        h2 small, .soft { color: var(--soft); font-weight: 400; font-size: 13px; }
        header .soft { flex-basis: 100%; }
        .pill {
          display: inline-flex; align-items: center; gap: 6px; padding: 1px 10px; border-radius: 99px;
          font-size: 13px; font-weight: 600; background: var(--track); color: var(--soft); white-space: nowrap;
        }
        .pill::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: currentColor; }
        .pill.good { color: var(--good); background: var(--good-back); }
        .pill.warn { color: var(--warn); background: var(--warn-back); }
        .pill.bad { color: var(--bad); background: var(--bad-back); }
        .notice { margin: 14px 0 0; padding: 10px 14px; border-radius: 10px; overflow-wrap: anywhere; }
        .notice.warn { color: var(--warn); background: var(--warn-back); }
        .notice.bad { color: var(--bad); background: var(--bad-back); }
        .totals { display: grid; grid-template-columns: repeat(6, 1fr); gap: 12px; margin: 20px 0 0; padding: 0; }
        .totals > div, .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
        .totals > div { padding: 10px 14px; min-width: 0; }
        dt { color: var(--soft); font-size: 13px; }
        dd { margin: 0; }
        .totals dd { font-size: 20px; font-weight: 600; letter-spacing: -0.01em; line-height: 1.35; }
        .totals dd small { font-size: 13px; font-weight: 400; color: var(--soft); letter-spacing: 0; margin-left: 3px; }
        .totals .wide { grid-column: span 2; grid-row: span 2; display: flex; flex-direction: column; }
        .graph { flex: 1; display: flex; flex-direction: column; margin-top: 8px; }
        .graph svg { display: block; width: 100%; height: 40px; flex: 1 0 40px; border-top: 1px dashed var(--line); }
        .graph .scale, .axis { font-size: 12px; line-height: 1.4; color: var(--soft); }
        .axis { display: flex; justify-content: space-between; border-top: 1px solid var(--line); }
        svg polyline {
          fill: none; stroke: var(--bar); stroke-width: 1.6; stroke-linejoin: round; vector-effect: non-scaling-stroke;
        }
        svg polygon { fill: var(--bar); opacity: 0.12; }
        #tenants { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 14px; }
        .card { padding: 14px 16px 16px; min-width: 0; }
        .card header { max-width: none; margin: 0; padding: 0; gap: 2px 10px; justify-content: space-between; flex-wrap: nowrap; }
        .card h3 { font-size: 16px; font-weight: 650; margin: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .card .host { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; margin-bottom: 12px; }
        .card .missing {
          margin: 0 0 12px; padding: 0; list-style: none; color: var(--bad); font-size: 14px; overflow-wrap: anywhere;
        }
        .row { display: flex; justify-content: space-between; gap: 12px; font-size: 14px; margin-bottom: 4px; }
        .row span:first-child { color: var(--soft); }
        .row span:last-child { text-align: right; }
        .meter { height: 6px; border-radius: 3px; background: var(--track); overflow: hidden; margin: 0 0 10px; }
        .meter i { display: block; height: 100%; border-radius: 3px; background: var(--bar); transition: width 0.4s; }
        .meter.warn i { background: var(--bar-warn); }
        .meter.bad i { background: var(--bar-bad); }
        .times {
          display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; margin: 4px 0 0;
        }
        .label { margin-top: 12px; padding-top: 10px; border-top: 1px solid var(--line); font-size: 13px; }
        .times dt { font-size: 12px; }
        .times dd { font-weight: 600; font-size: 14px; white-space: nowrap; }
        .shares { display: flex; gap: 2px; height: 8px; margin: 6px 0 0; border-radius: 4px; overflow: hidden; }
        .shares i { background: var(--bar-good); min-width: 3px; }
        .shares .warn { background: var(--bar-warn); }
        .shares .bad { background: var(--bar-bad); }
        .chips { display: flex; flex-wrap: wrap; gap: 6px; margin: 12px 0 0; padding: 0; list-style: none; font-size: 13px; }
        .chips li { padding: 1px 8px; border-radius: 6px; background: var(--track); color: var(--soft); }
        .chips b { color: var(--ink); font-weight: 600; margin-left: 5px; }
        .chips .warn { background: var(--warn-back); color: var(--warn); }
        .chips .bad { background: var(--bad-back); color: var(--bad); }
        .chips .warn b, .chips .bad b { color: inherit; }
        #errors { list-style: none; margin: 0; padding: 0; overflow: hidden; }
        #errors li {
          padding: 10px 16px; display: grid; grid-template-columns: 118px 44px 1fr; gap: 0 12px; border-top: 1px solid var(--line);
        }
        #errors li:first-child { border-top: 0; }
        #errors .code { font-weight: 600; color: var(--bad); }
        #errors .code.warn { color: var(--warn); }
        #errors .times-seen { font-size: 13px; font-weight: 600; color: var(--bad); }
        #errors .what { min-width: 0; overflow-wrap: anywhere; }
        #errors code {
          font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--soft); user-select: all;
        }
        #errors .detail { color: var(--soft); font-size: 14px; }
        .empty { padding: 16px; color: var(--soft); }
        input[type=search] {
          margin-left: auto; font: inherit; font-size: 14px; color: inherit;
          background: var(--card); border: 1px solid var(--line);
          border-radius: 8px; padding: 4px 10px; width: 190px; min-width: 0;
        }
        :focus-visible { outline: 2px solid var(--bar); outline-offset: 2px; }
        footer { max-width: 1180px; margin: 28px auto 0; padding: 0 20px 28px; }
        footer a { color: inherit; margin-right: 14px; }
        .stale main > :not(#lost) { opacity: 0.5; }
        [hidden] { display: none !important; }
        @media (max-width: 900px) {
          .totals { grid-template-columns: repeat(4, 1fr); }
          .totals .wide { grid-column: 1 / -1; }
        }
        @media (max-width: 560px) {
          main, header, footer { padding-left: 14px; padding-right: 14px; }
          .totals { grid-template-columns: repeat(2, 1fr); gap: 10px; }
          #errors li { grid-template-columns: 1fr auto; }
          .graph svg { height: 56px; flex: none; }
          #errors .what { grid-column: 1 / -1; }
        }
        @media (prefers-reduced-motion: reduce) { .meter i { transition: none; } }
        """#
}
