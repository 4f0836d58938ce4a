"""Figures of many rounds as one, and how they are printed."""

import statistics

# (key in the figures, name, divided by, decimals)
DELIVERY_ROWS = (
    ("calls_per_s", "calls/s", 1, 0),
    ("deliveries_per_s", "deliveries/s", 1, 0),
    ("server_cpu_us_per_delivery", "server CPU us/delivery", 1, 2),
    ("call_p50_us", "call p50 ms", 1000, 2),
    ("call_p99_us", "call p99 ms", 1000, 2),
    ("end_to_end_p50_us", "end to end p50 ms", 1000, 2),
    ("end_to_end_p99_us", "end to end p99 ms", 1000, 2),
)
FAULTS = ("lost", "duplicates", "strays", "out_of_order")


def medians(rounds):
    """Of each figure; rounds have the same."""
    return {key: statistics.median(figures[key] for figures in rounds) for key in rounds[0]}


def median_ratio(rounds, one, other, key):
    """Of each round's ratio, because what disturbs a machine disturbs both."""
    return statistics.median(figures[one][key] / figures[other][key] for figures in rounds)


def spread(values):
    """By how much the largest is more than the smallest, as a share."""
    values = list(values)
    return max(values) / min(values) - 1


def print_table(title, columns, rows):
    """`rows`: (label, cells)."""
    rows = list(rows)
    first = max(26, *(len(label) + 2 for label in (title, *(label for label, _ in rows))))
    width = max(18, *(len(column) + 2 for column in columns))
    print(f"\n{title:<{first}}" + "".join(f"{column:>{width}}" for column in columns))
    for label, cells in rows:
        print(f"{label:<{first}}" + "".join(f"{cell:>{width}}" for cell in cells))


def cells(columns, key, divisor=1, decimals=0):
    """Of one figure; each column has its figures."""
    return [f"{figures[key] / divisor:,.{decimals}f}" if key in figures else "-"
            for figures in columns]


def faults(figures, path=""):
    """What did not arrive once and in order: nothing that was measured beside it counts."""
    if isinstance(figures, dict):
        found = [f"{path}: {figures[kind]:.0f} {kind}" for kind in FAULTS if figures.get(kind)]
        inner = figures.items()
    elif isinstance(figures, list):
        found, inner = [], enumerate(figures, 1)
    else:
        return []
    return found + [fault for key, value in inner
                    for fault in faults(value, f"{path}, {key}" if path else str(key))]
