"""Measurements as tables: Markdown for the documents, plain text for the terminal."""


def microseconds(value):
    """A time, as exact as it is worth being."""
    if value >= 1000:
        return f"{value / 1000:,.2f} ms"
    return f"{value:.0f} us" if value >= 100 else f"{value:.1f} us"


def is_ours(row):
    return row["name"].startswith("chop")


def fastest_peer(group):
    """The row of another implementation that took the least time."""
    return min((row for row in group["rows"] if not is_ours(row)), key=lambda row: row["median"], default=None)


def cell(row, peer):
    text = microseconds(row["median"])
    if peer:
        text += f" ({peer['median'] / row['median']:.2f}x)"
    return text


def grid(group):
    """The heads of the columns, and for each implementation its name and its cells."""
    peer = fastest_peer(group)
    if len({row["name"] for row in group["rows"]}) == len(group["rows"]):
        # Everybody has one form: it goes behind the name, and the fastest comes first.
        rows = sorted(group["rows"], key=lambda row: row["median"])
        return ["time"], [(", ".join(filter(None, [row["name"], row["form"]])), [cell(row, peer)]) for row in rows]
    forms = list(dict.fromkeys(row["form"] for row in group["rows"]))
    names = list(dict.fromkeys(row["name"] for row in group["rows"]))
    cells = {(row["name"], row["form"]): cell(row, peer) for row in group["rows"]}
    return forms, [(name, [cells.get((name, form), "") for form in forms]) for name in names]


def markdown(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def title(group):
    return f"{group['algorithm']}: {group['operation']}"


def table(group):
    forms, rows = grid(group)
    heads = [title(group), *forms]
    return markdown(heads, [[name, *cells] for name, cells in rows])


def goal_row(goal):
    bar = f"{goal['sign']} {goal['bar']:.2f}"
    met = "met" if goal["met"] else "**missed**"
    return [goal["algorithm"], goal["path"], goal["what"], goal["against"], bar, f"{goal['ratio']:.2f}", met]


GOAL_HEADS = ["", "path", "what", "against", "bar", "ratio", ""]


def about(recorded):
    machine = recorded["machine"]
    return (
        f"Measured {recorded['date']} at commit {recorded['commit'][:12]}{recorded['commit'][40:]}: {machine['processor']}"
        f" ({machine['family']}; {', '.join(machine['features'])}), {machine['processors']} processors"
        f"{' of a virtual machine' if machine['virtual'] else ''}, {machine['memory']}, {machine['system']};"
        f" {machine['rustc']}; {machine['cc']}. Medians of {recorded['rounds']} turns; load average at the end"
        f" {machine['load']}."
    )


def everything(recorded):
    """For docs/performance.md."""
    peers = "; ".join(f"{peer}: {version}" for peer, version in recorded["peers"].items())
    parts = [about(recorded), f"Peers: {peers}."]
    parts += ["### Goals", markdown(GOAL_HEADS, [goal_row(goal) for goal in recorded["goals"]])]
    shares = [[one["algorithm"], f"{one['share']:.0%}"] for one in recorded["shares"]]
    parts.append(markdown(["of a verification, depends on the key alone", "share"], shares))
    parts += ["### Times", "In brackets how often the time goes into that of the fastest other implementation."]
    parts += [table(group) for group in recorded["groups"]]
    return "\n\n".join(parts)


def summary(recorded):
    """For the README: ML-DSA-65, ours on each path beside everybody else."""
    group = verification(recorded)
    peer = fastest_peer(group)
    forms = ["key first seen", "key kept", "batch of 64"]
    rows = []
    for name in dict.fromkeys(row["name"] for row in group["rows"]):
        if name == "chop library":
            continue
        found = {row["form"]: row for row in group["rows"] if row["name"] == name}
        rows.append([name] + [cell(found[form], peer) if form in found else "" for form in forms])
    met = sum(goal["met"] for goal in recorded["goals"])
    machine = recorded["machine"]
    return "\n\n".join(
        [
            markdown(["ML-DSA-65, one verification on one core", *forms], rows),
            f"{machine['processor']}, {recorded['date']}, medians of {recorded['rounds']} turns, everything in turns in"
            f" one process; in brackets how often the time goes into that of the fastest other implementation"
            f" ({peer['name']}). {met} of {len(recorded['goals'])} goals met.",
        ]
    )


def verification(recorded):
    return next(
        group
        for group in recorded["groups"]
        if (group["algorithm"], group["operation"]) == ("ML-DSA-65", "verify")
    )


def aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def plain(recorded):
    """For the terminal."""
    parts = [about(recorded)]
    for group in recorded["groups"]:
        forms, rows = grid(group)
        parts.append(aligned([[title(group), *forms]] + [[name, *cells] for name, cells in rows]))
    goals = [[text.replace("*", "") for text in goal_row(goal)] for goal in recorded["goals"]]
    missed = sum(not goal["met"] for goal in recorded["goals"])
    parts.append(aligned([GOAL_HEADS, *goals]))
    parts.append(f"{len(goals)} goals, {missed} missed")
    return "\n\n".join(parts)
