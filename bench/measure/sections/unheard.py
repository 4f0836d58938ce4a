"""Calls without deliveries: a hundred names, nobody subscribed, QoS 0."""

from .. import figures as numbers
from ..bench import say
from ..goals import at_most
from .section import Section

SIGNATURES = {"V1": (), "V3": ("--v3",)}
SECONDS = 1
ROWS = (
    ("calls_per_s", "calls/s", 1, 0),
    ("server_cpu_us_per_call", "server CPU us/call", 1, 1),
    ("call_p50_us", "call p50 ms", 1000, 2),
    ("call_p99_us", "call p99 ms", 1000, 2),
)


class Unheard(Section):
    NAME = "unheard"

    def measure(self, bench):
        options, rounds = bench.options, []
        if "herald" not in options.servers:
            return {}
        with bench.server("herald", options.devices) as server:
            for _ in bench.rounds(self.NAME):
                found = {}
                for name, signed in SIGNATURES.items():
                    say(f"  signature {name}")
                    found[name] = bench.command(
                        "herald-unheard", server, "--batch", options.batch, "--payload",
                        options.payload, "--callers", options.callers, "--seconds", SECONDS,
                        *signed)
                rounds.append(found)
        return {"rounds": rounds, "medians": {
            name: numbers.medians([found[name] for found in rounds]) for name in SIGNATURES}}

    def show(self, figures, options):
        medians = figures["medians"]
        numbers.print_table(
            f"{options.batch} names, nobody subscribed", [*medians],
            ((label, numbers.cells(medians.values(), key, divisor, decimals))
             for key, label, divisor, decimals in ROWS))

    def goals(self, figures):
        return [at_most(f"CPU-us of a call without deliveries, signature {name}",
                        found["server_cpu_us_per_call"], 60)
                for name, found in figures["medians"].items()]
