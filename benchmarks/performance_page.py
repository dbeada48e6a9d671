"""Table, machine and growth plot of `all`, as text and as a part of docs/performance.md."""

from __future__ import annotations

import json
import math
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from torture_figures import commit, replace_between

BEGIN = "<!-- made by benchmarks/all.py -->"
END = "<!-- end of what benchmarks/all.py made -->"

WIDTH, HEIGHT = 720, 420
LEFT, TOP, RIGHT, BOTTOM = 70, 20, 250, 50
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b8860b", "#444444", "#7b4fa3")


@dataclass
class Figures:
    """Rows of the table, points of the plot, and notes, in the order in which they were measured."""

    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    points: dict[str, dict[int, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    partitions: dict[str, float] = field(default_factory=dict)
    """Items a second by one and by two processes, and bytes of output for each item."""
    shown: int = 0

    @classmethod
    def load(cls, path: Path) -> Figures:
        """Go on with the figures of a file, where there is one."""
        if not path.exists():
            return cls()
        found = json.loads(path.read_text(encoding="utf-8"))
        points = {
            what: {int(size): value for size, value in by_size.items()}
            for what, by_size in found["points"].items()
        }
        rows = [tuple(row) for row in found["rows"]]
        return cls(rows, points, found["notes"], found.get("partitions", {}), len(rows))

    def save(self, path: Path) -> None:
        """Write them, to go on later."""
        known = {
            "rows": self.rows,
            "points": self.points,
            "notes": self.notes,
            "partitions": self.partitions,
        }
        path.write_text(json.dumps(known), encoding="utf-8")

    def rate(self, what: str, ours: float, beside: str, theirs: float, unit: str) -> None:
        """Add figures of which more is better."""
        self.rows.append(
            (what, f"{ours:,.0f} {unit}", beside, f"{theirs:,.0f} {unit}", ratio(ours / theirs))
        )

    def time(self, what: str, ours: float, beside: str, theirs: float, unit: str) -> None:
        """Add figures of which less is better."""
        digits = 1 if unit == "s" else 0
        self.rows.append(
            (
                what,
                f"{ours:,.{digits}f} {unit}",
                beside,
                f"{theirs:,.{digits}f} {unit}",
                ratio(theirs / ours),
            )
        )

    def grow(self, what: str, size: int, seconds: float) -> None:
        """Add a point of the plot."""
        self.points.setdefault(what, {})[size] = seconds

    def note(self, text: str) -> None:
        """Add a sentence below the table."""
        self.notes.append(text)

    def show_new(self) -> None:
        """Print what was measured since the last call."""
        for row in self.rows[self.shown :]:
            print("{:<46}{:>18}   {:<38}{:>18}{:>8}".format(*row), flush=True)
        self.shown = len(self.rows)

    def markdown(self) -> str:
        """Return the machine, the table, and how times grow."""
        head = "| what | ours | beside it | takes | ratio |\n|---|---:|---|---:|---:|"
        table = [f"| {' | '.join(row)} |" for row in self.rows]
        growth = ["", self.growth_table()] if self.points else []
        return "\n".join([machine(), "", head, *table, "", *self.notes, *growth])

    def growth_table(self) -> str:
        """Return seconds by size, and the power with which they grow over the last tenfold."""
        sizes = sorted({size for found in self.points.values() for size in found})
        lines = [
            "| seconds, of so many decisions or items | "
            + " | ".join(f"{size:,}" for size in sizes)
            + " | last step: time grows as n to the |",
            "|---|" + "---:|" * (len(sizes) + 1),
        ]
        for what, found in self.points.items():
            cells = [f"{found[size]:.2f}" if size in found else "" for size in sizes]
            lines.append(f"| {what} | {' | '.join(cells)} | {power(found):.2f} |")
        return "\n".join(lines)


def ratio(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def power(found: dict[int, float]) -> float:
    """Return the exponent of growth between the two largest sizes: 0 is flat, 1 is linear."""
    if len(found) < 2:
        return math.nan
    before, last = sorted(found)[-2:]
    return math.log(found[last] / found[before]) / math.log(last / before)


def machine() -> str:
    """Return what the figures were measured on."""
    model = platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "pyarrow", "duckdb", "scikit-learn")
    )
    load = os.getloadavg()[0]
    return (
        f"Machine: {os.cpu_count()} cores of {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, {libraries}; commit {commit()}; load when this was written {load:.1f}."
    )


def plot(points: dict[str, dict[int, float]]) -> str:
    """Draw seconds by size, both in powers of ten, as SVG; a grey line shows linear growth."""
    sizes = sorted({size for found in points.values() for size in found})
    seconds = [value for found in points.values() for value in found.values()]
    lowest, highest = (
        math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))
    )  # fmt: skip
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])

    def x(size: float) -> float:
        return LEFT + (math.log10(size) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (highest - math.log10(value)) / (highest - lowest) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12"><title>Seconds of whole commands by the number of decisions or items</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for decade in range(lowest, highest + 1):
        at = y(10.0**decade)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**decade:g} s</text>'
        )
    parts += [
        f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{size:,}</text>'
        for size in sizes
    ]
    top = 10.0**highest
    start = max(sizes[0], sizes[-1] * 10.0 ** (lowest - highest))
    parts.append(
        f'<line x1="{x(start):.1f}" y1="{y(top * start / sizes[-1]):.1f}" x2="{x(sizes[-1]):.1f}" y2="{y(top):.1f}" '
        'stroke="#bbb" stroke-dasharray="4 4"/>'
        f'<text x="{x(sizes[-1]) + 8:.1f}" y="{y(top) + 10:.1f}" fill="#777">linear</text>'
    )
    places = _apart({what: y(found[max(found)]) for what, found in points.items()})
    for (what, found), colour in zip(points.items(), COLOURS * 2, strict=False):
        line = " ".join(f"{x(size):.1f},{y(found[size]):.1f}" for size in sorted(found))
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{WIDTH - RIGHT + 8}" y="{places[what] + 4:.1f}" fill="{colour}">{what}</text>'
        )
    return "".join([*parts, "</svg>\n"])


def _apart(wanted: dict[str, float], gap: float = 15.0) -> dict[str, float]:
    """Move labels down until none covers another."""
    places: dict[str, float] = {}
    lowest = TOP + 12.0
    for what in sorted(wanted, key=wanted.__getitem__):
        places[what] = max(wanted[what], lowest)
        lowest = places[what] + gap
    return places


def plans(measured: dict[str, float]) -> str:
    """Return how long 100 million and 10 billion items take at the measured rates, as a table.

    Examples
    --------
    >>> plans({"one": 20_000.0, "two": 34_000.0, "bytes": 250.0}).splitlines()[2]
    '| one process | 20,000 items/s | 1.4 hours | 5.8 days |'
    """
    one, two, size = measured["one"], measured["two"], measured["bytes"]
    workers = (
        ("one process", one, f"{one:,.0f} items/s"),
        ("two processes, one machine", two, f"{two:,.0f} items/s ({two / one:.2f} times one)"),
        ("16 cores, one machine", 8 * two, "not measured: eight times two processes"),
        ("1,000 cores, a cluster", 500 * two, "not measured: 500 times two processes"),
    )
    rows = [
        f"| {what} | {said} | {_long(1e8 / rate)} | {_long(1e10 / rate)} |"
        for what, rate, said in workers
    ]
    sizes = f"{1e8 * size / 1e9:,.0f} GB | {1e10 * size / 1e12:,.1f} TB"
    head = "| scored by | measured | 100 million | 10 billion |\n|---|---|---:|---:|"
    return "\n".join([head, *rows, f"| output | {size:,.0f} bytes an item | {sizes} |"])


def _long(seconds: float) -> str:
    for unit, size in (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0)):
        if seconds >= 1.35 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,.0f} seconds"


def write_page(docs: Path, figures: Figures) -> None:
    """Write the figures into docs/performance.md and docs/scale.md, and the plot beside the other images."""
    if figures.partitions:
        text = f"{BEGIN}\n\n{plans(figures.partitions)}\n\n{END}"
        replace_between(docs / "scale.md", BEGIN, END, text)
    picture = ""
    if figures.points:
        (docs / "images" / "growth.svg").write_text(plot(figures.points), encoding="utf-8")
        picture = "![Seconds by size](images/growth.svg)\n\n"
    text = f"{BEGIN}\n\n{figures.markdown()}\n\n{picture}{END}"
    replace_between(docs / "performance.md", BEGIN, END, text)
