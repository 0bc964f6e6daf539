"""What a plan has found, as one HTML page: no script, no font, nothing from a network."""

from collections.abc import Iterable, Sequence
from html import escape

from scoring_service.planning import plots, view
from scoring_service.planning.findings import Findings

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328 }
table { border-collapse: collapse; margin: 1rem 0 }
td, th { padding: .2rem .8rem; text-align: right; vertical-align: top }
td:first-child, th:first-child { text-align: left } tr { border-bottom: 1px solid #d0d7de }
svg { max-width: 100%; height: auto } code { font-size: 13px } .note { color: #57606a }
"""


def page(findings: Findings, points: Sequence[tuple[float, float]], title: str, source: str) -> str:
    """Return the page.

    Args:
        findings: All of it.
        points: Scores before and after to be drawn.
        title: Of the pipeline.
        source: What was read, in a few words.
    """
    before, after = findings.before, findings.after
    parts = [
        f"<h1>Plan for {escape(title)}</h1>",
        f"<p class=note>{findings.records:,} records of {escape(source)}, "
        f"revision <code>{escape(before.revision)}</code> → <code>{escape(after.revision)}</code></p>",
        _table(("", ""), view.facts(findings)),
        _table(("", "before", "after"), view.sides(findings)),
    ]
    if findings.edges:
        parts += [
            "<h2>Distribution</h2>",
            plots.distribution(findings),
            "<h2>Before and after</h2>",
            plots.scatter(findings, points),
            f"<p class=note>{len(points):,} of {findings.compared:,} records that both revisions score.</p>",
        ]
    if findings.movers:
        parts += ["<h2>What moves most</h2>", *_movers(findings)]
    body = "\n".join(parts)
    head = f"<meta charset=utf-8><title>Plan for {escape(title)}</title><style>{STYLE}</style>"
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def _movers(findings: Findings) -> Iterable[str]:
    if findings.movers[0].reasons:
        yield plots.movers(findings)
    rows = [
        (
            each.entity,
            view.number(each.before),
            view.number(each.after),
            view.number(each.delta, sign="+"),
            view.because(each),
        )
        for each in findings.movers
    ]
    yield _table(("", "before", "after", "change", "because of"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = ("".join(f"<td>{escape(cell).replace(chr(10), '<br>')}</td>" for cell in row) for row in rows)
    return f"<table>\n<tr>{names}</tr>\n" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "\n</table>"
