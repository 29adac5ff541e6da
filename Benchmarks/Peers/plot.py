"""Draws the medians as a bar chart, with one panel per figure, as SVG and without a library."""

import html
import statistics

PANELS = [("cpu", "CPU µs a request"), ("p50_1", "p50 µs, 1 connection"), ("idle", "MB resident, idle"),
          ("many", "MB resident, many idle connections")]
WIDTH, ROW, LEFT, TOP, PANEL = 860, 22, 190, 34, 300
OURS, PEER, TEXT = "#2563eb", "#94a3b8", "#475569"


def bars(results, mode, key):
    """Name and median, the least first."""
    rows = [(name, statistics.median(r[key] for r in rounds[mode])) for name, rounds in results.items()
            if rounds.get(mode) and all(key in r for r in rounds[mode])]
    return sorted(rows, key=lambda row: row[1])


def draw(results, modes):
    """The whole picture: a column a mode, a row a panel."""
    out, y = [], 0
    for key, title in PANELS:
        columns = [(mode, bars(results, mode, key)) for mode in modes]
        height = max(len(rows) for _, rows in columns)
        if not height:
            continue
        longest = max(value for _, rows in columns for _, value in rows)
        for column, (mode, rows) in enumerate(columns):
            x = column * WIDTH / 2
            out.append(f'<text x="{x + 8}" y="{y + 22}" font-weight="600">{html.escape(title)}, {html.escape(modes[mode])}</text>')
            for index, (name, value) in enumerate(rows):
                top = y + TOP + index * ROW
                length = max(1, value / longest * (WIDTH / 2 - LEFT))
                colour = OURS if name == "zuora-gateway" else PEER
                out.append(f'<text x="{x + 118}" y="{top + 12}" text-anchor="end">{html.escape(name)}</text>')
                out.append(f'<rect x="{x + 124}" y="{top}" width="{length:.1f}" height="{ROW - 7}" rx="2" fill="{colour}"/>')
                out.append(f'<text x="{x + 130 + length:.1f}" y="{top + 12}">{value:,.1f}</text>')
        y += TOP + height * ROW + 14
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="system-ui, sans-serif" font-size="12" '
            f'fill="{TEXT}"><rect width="{WIDTH}" height="{y}" fill="#ffffff"/>' + "".join(out) + "</svg>\n")
