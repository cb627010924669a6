"""The chart: verifications a second on one core, as bars."""

from xml.sax.saxutils import escape

from . import tables

WIDTH, LEFT, BAR, GAP, TOP = 760, 250, 18, 6, 46
OURS, THEIRS, INK = "#1f6f8b", "#b9b9b9", "#222222"


def bars(group):
    """Label, verifications a second, whether it is ours: ours in each form, others in their fastest."""
    ours = [
        (f"{row['name']}, {row['form']}", 1e6 / row["median"], True)
        for row in group["rows"]
        if tables.is_ours(row) and row["form"] in ("batch of 64", "key kept", "key first seen")
    ]
    theirs = {}
    for row in group["rows"]:
        if not tables.is_ours(row):
            theirs[row["name"]] = max(theirs.get(row["name"], 0), 1e6 / row["median"])
    return sorted(ours + [(name, rate, False) for name, rate in theirs.items()], key=lambda bar: -bar[1])


def draw(recorded):
    lines = bars(tables.verification(recorded))
    height = TOP + len(lines) * (BAR + GAP) + 12
    scale = (WIDTH - LEFT - 80) / lines[0][1]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        ' font-family="sans-serif" font-size="12" role="img">',
        "<title>ML-DSA-65: verifications a second on one core</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="15" fill="{INK}">ML-DSA-65: verifications a second on one core</text>',
    ]
    for i, (label, rate, ours) in enumerate(lines):
        y = TOP + i * (BAR + GAP)
        width = max(1, rate * scale)
        baseline = y + BAR - 5
        parts += [
            f'<text x="{LEFT - 8}" y="{baseline}" text-anchor="end" fill="{INK}">{escape(label)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{OURS if ours else THEIRS}"/>',
            f'<text x="{LEFT + width + 6:.1f}" y="{baseline}" fill="{INK}">{round(rate, -2):,.0f}</text>',
        ]
    return "\n".join(parts + ["</svg>"]) + "\n"
