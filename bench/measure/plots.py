"""Line charts as SVG, drawn without a library; on white, so that they are read on any page."""

import dataclasses
import html
import math

PANEL_WIDTH, HEIGHT = 440, 350
TOP, BOTTOM, LEFT, RIGHT = 96, 60, 56, 100  # Around the plot of a panel; names stand at the right.
FONT = "font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif\""
INK, QUIET, GRID = "#1f2329", "#646a73", "#e5e6eb"
COLOURS = {"herald": "#1456f0", "mosquitto": "#d25f00", "bare": "#8f959e",
           "QoS 0": "#1456f0", "QoS 1": "#0f8a6d"}
NAMES = {"herald": "Herald", "bare": "bare send"}
LABEL_GAP = 15  # Between the names of lines that end close to each other.


@dataclasses.dataclass
class Line:
    name: str
    points: list  # (x, y)


@dataclasses.dataclass
class Panel:
    title: str
    x_label: str
    y_label: str
    x_ticks: list  # (x, text)
    lines: list


def nines(per_cent):
    """Its place on an axis that stretches the upper end: from 90 to 99 is as far as to 99.9."""
    return -math.log10(1 - per_cent / 100)


def figure(title, panels):
    """Panels side by side, of one scale."""
    width = PANEL_WIDTH * len(panels)
    y_ticks = ticks_to(max(y for panel in panels for line in panel.lines for _, y in line.points))
    body = [text(LEFT, 34, title, size=17, weight=600)]
    for index, panel in enumerate(panels):
        body += draw(panel, y_ticks, index * PANEL_WIDTH)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" '
            f'width="{width}" height="{HEIGHT}" {FONT} role="img">\n'
            f"<title>{html.escape(title)}</title>\n"
            f'<rect width="{width}" height="{HEIGHT}" fill="#ffffff"/>\n' +
            "\n".join(body) + "\n</svg>\n")


def draw(panel, y_ticks, left):
    begin, end = left + LEFT, left + PANEL_WIDTH - RIGHT
    floor = HEIGHT - BOTTOM
    xs = [x for line in panel.lines for x, _ in line.points] + [x for x, _ in panel.x_ticks]

    def across(x):
        return begin + (x - min(xs)) / (max(xs) - min(xs)) * (end - begin)

    def up(y):
        return floor - y / y_ticks[-1] * (floor - TOP)

    yield text(begin, TOP - 30, panel.title, size=13, weight=600)
    yield text(begin, TOP - 13, panel.y_label, size=11, colour=QUIET)
    for y in y_ticks:
        yield stroke([(begin, up(y)), (end, up(y))], QUIET if y == 0 else GRID, 1)
        yield text(begin - 8, up(y) + 4, f"{y:g}", size=11, colour=QUIET, anchor="end")
    for x, label in panel.x_ticks:
        yield stroke([(across(x), floor), (across(x), floor + 4)], QUIET, 1)
        yield text(across(x), floor + 18, label, size=11, colour=QUIET, anchor="middle")
    yield text((begin + end) / 2, floor + 40, panel.x_label, size=11, colour=QUIET,
               anchor="middle")
    names_at = apart([up(line.points[-1][1]) for line in panel.lines])
    for line, name_at in zip(panel.lines, names_at):
        colour = COLOURS.get(line.name, INK)
        points = [(across(x), up(y)) for x, y in line.points]
        yield stroke(points, colour, 2.5)
        for x, y in points:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        yield text(end + 10, name_at + 4, NAMES.get(line.name, line.name), size=12, weight=600,
                   colour=colour)


def ticks_to(most):
    """From 0, by a round step, to the first at or above it: four to eight of them."""
    step = 10.0 ** math.floor(math.log10(most / 4))
    step = next(step * factor for factor in (1, 2, 2.5, 5, 10) if most / (step * factor) <= 6)
    return [round(step * count, 10) for count in range(math.ceil(most / step) + 1)]


def apart(heights):
    """Moves what is too close to what is above it downwards."""
    moved, last = {}, -math.inf
    for index in sorted(range(len(heights)), key=heights.__getitem__):
        last = moved[index] = max(heights[index], last + LABEL_GAP)
    return [moved[index] for index in range(len(heights))]


def stroke(points, colour, width):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}" '
            'stroke-linejoin="round" stroke-linecap="round"/>')


def text(x, y, words, size, colour=INK, weight=400, anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
            f'fill="{colour}" text-anchor="{anchor}">{html.escape(words)}</text>')
