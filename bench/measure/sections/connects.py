"""Connecting, subscribing in a clean session and disconnecting; the servers in turns."""

from .. import figures as numbers
from ..bench import say
from ..goals import at_least
from .section import Section

ROWS = (("connects_per_s", "connects/s", 1, 0),
        ("server_cpu_us_per_connect", "server CPU us/connect", 1, 1))


class Connects(Section):
    NAME = "connects"

    def measure(self, bench):
        options, rounds = bench.options, []
        names = [name for name in options.servers if name != "bare"]
        with bench.servers(names, options.devices) as servers:
            for _ in bench.rounds(self.NAME):
                found = {}
                for name, server in servers.items():
                    say(f"  {name}")
                    found[name] = bench.load(server, "--connects", "--devices", options.devices,
                                             "--seconds", options.seconds)
                rounds.append(found)
        medians = {name: numbers.medians([found[name] for found in rounds]) for name in names}
        figures = {"rounds": rounds, "medians": medians}
        if len(names) == 2:
            figures["per CPU-second, to mosquitto"] = 1 / numbers.median_ratio(
                rounds, "herald", "mosquitto", "server_cpu_us_per_connect")
        return figures

    def show(self, figures, options):
        medians = figures["medians"]
        numbers.print_table("connect and subscribe", [*medians],
                            ((label, numbers.cells(medians.values(), key, divisor, decimals))
                             for key, label, divisor, decimals in ROWS))

    def goals(self, figures):
        ratio = figures.get("per CPU-second, to mosquitto")
        return [at_least("connects per CPU-second, to mosquitto's without authentication",
                         ratio, 1.2)] if ratio else []
