"""Deliveries: as fast as they go and 5,000 a second, QoS 0 and 1, all servers in turns."""

import statistics

from .. import figures as numbers
from .. import plots
from ..bench import say
from ..disk import append_latency
from ..goals import at_least, at_most
from .section import Section

CALLS_A_SECOND = 50
LOOPS = {"closed": 0, "open": CALLS_A_SECOND}  # Calls a second; 0: no pace.
TITLES = {"closed": "as fast as it goes", "open": f"{CALLS_A_SECOND} calls/s"}
# By QoS.
CPU_TO_BARE_MAX = {0: 1.25, 1: 1.35}
LATENCY_TO_MOSQUITTO_MAX = {0: 0.5, 1: 1.0}
QUANTILES = ("10", "25", "50", "75", "90", "95", "99", "99.5", "99.9")


class Rounds(Section):
    NAME = "rounds"

    def measure(self, bench):
        options, rounds = bench.options, []
        with bench.servers(options.servers, options.devices) as servers:
            for _ in bench.rounds(self.NAME):
                found = {}
                for loop, rate in LOOPS.items():
                    for qos in (0, 1):
                        for name, server in servers.items():
                            say(f"  {loop} loop, QoS {qos}, {name}")
                            found.setdefault(f"{loop} qos{qos}", {})[name] = bench.load(
                                server, "--devices", options.devices, "--batch", options.batch,
                                "--payload", options.payload, "--callers", options.callers,
                                "--seconds", options.seconds, "--rate", rate, "--qos", qos)
                found["disk"] = append_latency(bench.folder, options.seconds, CALLS_A_SECOND)
                rounds.append(found)
        return {"rounds": rounds, "summary": self.summarise(rounds)}

    @staticmethod
    def summarise(rounds):
        """Medians by measurement and server, and Herald's ratios."""
        summary = {"disk": numbers.medians([found["disk"] for found in rounds])}
        for measurement in (f"{loop} qos{qos}" for loop in LOOPS for qos in (0, 1)):
            results = [found[measurement] for found in rounds]
            medians = {name: numbers.medians([result[name] for result in results])
                       for name in results[0]}
            ratios = {f"herald/{other}": {
                key: numbers.median_ratio(results, "herald", other, key)
                for key, *_ in numbers.DELIVERY_ROWS
                if key in medians["herald"] and medians[other].get(key)}
                for other in ("mosquitto", "bare") if {"herald", other} <= set(medians)}
            summary[measurement] = {"medians": medians, "ratios": ratios}
        if "herald" in rounds[0]["open qos1"]:
            summary["call p99 to append"] = statistics.median(
                found["open qos1"]["herald"]["call_p99_us"] / found["disk"]["append_p99_us"]
                for found in rounds)
        return summary

    def show(self, figures, options):
        summary = figures["summary"]
        for loop in LOOPS:
            for qos in (0, 1):
                result = summary[f"{loop} qos{qos}"]
                medians, ratios = result["medians"], result["ratios"]
                numbers.print_table(
                    f"QoS {qos}, {TITLES[loop]}", [*medians, *ratios],
                    ((label, numbers.cells(medians.values(), key, divisor, decimals) +
                      numbers.cells(ratios.values(), key, 1, 2))
                     for key, label, divisor, decimals in numbers.DELIVERY_ROWS))
        numbers.print_table(f"append of 12 KiB, {CALLS_A_SECOND} a second", ["disk"],
                            ((label, numbers.cells([summary["disk"]], key, 1000, 2))
                             for key, label in (("append_p50_us", "synced after p50 ms"),
                                                ("append_p99_us", "synced after p99 ms"))))

    def goals(self, figures):
        summary, found = figures["summary"], []
        for qos in (0, 1):
            closed, paced = summary[f"closed qos{qos}"], summary[f"open qos{qos}"]
            to_bare = closed["ratios"].get("herald/bare")
            to_mosquitto = paced["ratios"].get("herald/mosquitto")
            if to_bare:
                found += [at_most(f"QoS {qos}: server CPU per delivery, to bare send's",
                                  to_bare["server_cpu_us_per_delivery"], CPU_TO_BARE_MAX[qos]),
                          at_least(f"QoS {qos}: deliveries/s, to bare send's",
                                   to_bare["deliveries_per_s"], 0.75)]
            if to_mosquitto:
                found.append(at_most(
                    f"QoS {qos}: end to end p99 at {TITLES['open']}, to mosquitto's",
                    to_mosquitto["end_to_end_p99_us"], LATENCY_TO_MOSQUITTO_MAX[qos]))
            if "herald" in paced["medians"]:
                found.append(at_most(f"QoS {qos}: end to end p99 ms at {TITLES['open']}",
                                     paced["medians"]["herald"]["end_to_end_p99_us"] / 1000, 10))
        if "call p99 to append" in summary:
            found.append(at_most(f"QoS 1: call p99 at {TITLES['open']}, to that of an append and "
                                 "fdatasync", summary["call p99 to append"], 2))
        return found

    def plots(self, figures):
        def panel(qos):
            medians = figures["summary"][f"open qos{qos}"]["medians"]
            return plots.Panel(
                title=f"QoS {qos}", x_label="per cent of the deliveries take at most",
                y_label="milliseconds",
                x_ticks=[(plots.nines(float(each)), each)
                         for each in ("10", "50", "90", "99", "99.9")],
                lines=[plots.Line(name, [(plots.nines(float(quantile)),
                                          found[f"end_to_end_p{quantile}_us"] / 1000)
                                         for quantile in QUANTILES])
                       for name, found in medians.items()])
        return {"latency.svg": plots.figure(
            "End-to-end latency at 5,000 deliveries a second", [panel(0), panel(1)])}
