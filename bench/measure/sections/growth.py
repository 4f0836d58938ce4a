"""How the cost of a delivery grows with the number of connected devices, beside bare send's."""

import math

from .. import figures as numbers
from .. import plots
from ..bench import say
from ..goals import at_most
from .section import Section

DEVICES = (100, 1_000, 5_000, 19_000)
SECONDS = 1
COST = "server_cpu_us_per_delivery"


class Growth(Section):
    NAME = "growth"

    def measure(self, bench):
        options, rounds = bench.options, []
        names = [name for name in options.servers if name != "mosquitto"]
        with bench.servers(names, max(DEVICES)) as servers:
            for _ in bench.rounds(self.NAME):
                found = {}
                for qos in (0, 1):
                    for devices in DEVICES:
                        say(f"  {devices:,} devices, QoS {qos}")
                        found.setdefault(f"qos{qos}", {})[str(devices)] = {
                            name: bench.load(
                                server, "--devices", devices, "--batch", options.batch,
                                "--payload", options.payload, "--callers", options.callers,
                                "--seconds", SECONDS, "--qos", qos)
                            for name, server in servers.items()}
                rounds.append(found)
        of_all = {qos: {devices: [found[qos][devices] for found in rounds]
                        for devices in rounds[0][qos]} for qos in rounds[0]}
        figures = {"rounds": rounds, "medians": {
            qos: {devices: {name: numbers.medians([each[name] for each in found])
                            for name in servers} for devices, found in sizes.items()}
            for qos, sizes in of_all.items()}}
        if {"herald", "bare"} <= set(names):
            figures["ratios"] = {
                qos: {devices: numbers.median_ratio(found, "herald", "bare", COST)
                      for devices, found in sizes.items()} for qos, sizes in of_all.items()}
        return figures

    def show(self, figures, options):
        for qos, sizes in figures["medians"].items():
            ratios = figures.get("ratios", {}).get(qos, {})
            numbers.print_table(
                f"QoS {qos[-1]}, by devices", [*next(iter(sizes.values())), "herald/bare"],
                ((f"{int(devices):,}: server CPU us/delivery",
                  numbers.cells(servers.values(), COST, 1, 2) +
                  ([f"{ratios[devices]:.2f}"] if ratios else []))
                 for devices, servers in sizes.items()))

    def goals(self, figures):
        return [at_most(f"QoS {qos[-1]}: spread of the ratio to bare send's CPU, "
                        f"{DEVICES[0]} to {DEVICES[-1]:,} devices",
                        numbers.spread(ratios.values()), 0.15)
                for qos, ratios in figures.get("ratios", {}).items()]

    def plots(self, figures):
        ticks = [(math.log10(devices), f"{devices:,}") for devices in DEVICES]

        def panel(title, y_label, lines):
            return plots.Panel(title=title, x_label="connected devices", y_label=y_label,
                               x_ticks=ticks, lines=[
                                   plots.Line(name, [(math.log10(int(devices)), value)
                                                     for devices, value in values.items()])
                                   for name, values in lines.items()])

        def costs(qos):
            sizes = figures["medians"][qos]
            return {name: {devices: servers[name][COST] for devices, servers in sizes.items()}
                    for name in next(iter(sizes.values()))}

        panels = [panel(f"QoS {qos[-1]}", "CPU-µs", costs(qos)) for qos in figures["medians"]]
        return {"growth.svg": plots.figure("Server CPU per delivery", panels)}
