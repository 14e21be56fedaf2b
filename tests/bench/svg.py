"""Writes pictures as SVG: text, lines, bars, and axes, in colours that suit a light and a dark page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from math import log10
from typing import Iterable, Sequence

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
#: Name of a colour: on a light page, on a dark one.
COLOURS = {
    "page": ("#ffffff", "#0d1117"),
    "ink": ("#1f2328", "#e6edf3"),
    "soft": ("#59636e", "#9198a1"),
    "grid": ("#d9dee4", "#2a3038"),
    "blue": ("#0550ae", "#58a6ff"),
    "sky": ("#6cb0f5", "#1f5fa8"),
    "grey": ("#6e7781", "#8b949e"),
    "pale": ("#b6bec7", "#4d555e"),
    "amber": ("#9a6700", "#d29922"),
    "red": ("#cf222e", "#ff7b72"),
    "violet": ("#8250df", "#bc8cff"),
    "green": ("#1a7f37", "#3fb950"),
    "pink": ("#bf3989", "#f778ba"),
}


def _style() -> str:
    def rules(which: int) -> str:
        return "".join(
            f".f-{name}{{fill:{pair[which]}}}.s-{name}{{stroke:{pair[which]}}}" for name, pair in COLOURS.items()
        )

    shared = f"text{{font-family:{FONT};font-size:13px}}path,line{{fill:none}}"
    return f"<style>{shared}{rules(0)}@media (prefers-color-scheme:dark){{{rules(1)}}}</style>"


@dataclass(frozen=True)
class Scale:
    """Where a value lies between two places of the picture."""

    low: float
    high: float
    begin: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if self.logarithmic:
            low, high, at = log10(low), log10(high), log10(at)
        return self.begin + (at - low) / (high - low) * (self.end - self.begin)


@dataclass
class Picture:
    """A picture of some size, with a title and what it shows beneath."""

    width: int
    height: int
    title: str
    subtitle: str
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, colour: str = "ink", anchor: str = "start", more: str = "") -> None:
        """Words; `anchor` says which end of them is at x."""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="f-{colour}" text-anchor="{anchor}" {more}>{escape(words)}</text>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = "grid", width: float = 1) -> None:
        """A straight line."""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="s-{colour}" stroke-width="{width}"/>'
        )

    def curve(self, points: Iterable[tuple[float, float]], colour: str, width: float, dashed: bool = False) -> None:
        """Lines from point to point."""
        path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        dashes = ' stroke-dasharray="6 4"' if dashed else ""
        self.parts.append(
            f'<path d="M{path}" class="s-{colour}" stroke-width="{width}" stroke-linejoin="round"{dashes}/>'
        )

    def bar(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle."""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}" rx="2" class="f-{colour}"/>'
        )

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """A filled circle."""
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" class="f-{colour}"/>')

    def upright(self, x: float, y: float, words: str) -> None:
        """The name of a vertical axis, centred at y."""
        self.text(x, y, words, "soft", "middle", f'transform="rotate(-90 {x:.1f} {y:.1f})"')

    def svg(self) -> str:
        """All of it."""
        self_described = f"<title>{escape(self.title)}</title><desc>{escape(self.subtitle)}</desc>"
        head = Picture(0, 0, "", "")
        head.text(24, 32, self.title, "ink", more='style="font-size:18px;font-weight:600"')
        head.text(24, 53, self.subtitle, "soft")
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                f'width="{self.width}" height="{self.height}" role="img">',
                self_described,
                _style(),
                f'<rect width="{self.width}" height="{self.height}" class="f-page"/>',
                *head.parts,
                *self.parts,
                "</svg>\n",
            ]
        )


def apart(places: Sequence[float], distance: float, least: float) -> list[float]:
    """Moves places until each is `distance` from the next, up and down alike, and none is less than `least`."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    down, up = list(places), list(places)
    for before, index in zip(order, order[1:]):
        down[index] = max(down[index], down[before] + distance)
    for index, after in zip(order[-2::-1], order[:0:-1]):
        up[index] = min(up[index], up[after] - distance)
    moved = [(low + high) / 2 for low, high in zip(down, up)]
    for index in order:
        moved[index] = max(moved[index], least)
        least = moved[index] + distance
    return moved
