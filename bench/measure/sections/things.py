"""Devices with a thing model: reports, and SetDevicesProperty beside BatchPub of one message."""

from .. import figures as numbers
from ..bench import say
from ..goals import at_least
from .section import Section

REPORT_ROWS = (
    ("reports_per_s", "reports/s", 1, 0),
    ("properties_per_s", "properties/s", 1, 0),
    ("server_cpu_us_per_report", "server CPU us/report", 1, 2),
    ("reply_p50_us", "reply p50 ms", 1000, 2),
    ("reply_p99_us", "reply p99 ms", 1000, 2),
)
SECONDS = 2
CALLS = {"BatchPub": "--alink", "SetDevicesProperty": "--set-properties"}


class Things(Section):
    NAME = "things"

    def measure(self, bench):
        options, rounds = bench.options, []
        if "herald" not in options.servers:
            return {}
        common = ("--devices", options.things_devices, "--seconds", SECONDS)
        with bench.herald_data(options.things_devices, ("--things",)).server() as server:
            for _ in bench.rounds(self.NAME):
                say("  reports")
                found = {"reports": bench.command(
                    "herald-reports", server, *common, "--properties", options.report_properties,
                    "--window", options.report_window, "--qos", 1)}
                for qos in (0, 1):
                    for name, messages in CALLS.items():
                        say(f"  {name}, QoS {qos}")
                        found[f"{name} qos{qos}"] = bench.load(
                            server, *common, "--batch", options.batch, "--callers",
                            options.callers, "--payload", options.things_payload, messages,
                            "--qos", qos)
                rounds.append(found)
        return {"rounds": rounds,
                "medians": {name: numbers.medians([found[name] for found in rounds])
                            for name in rounds[0]},
                "shares": {f"qos{qos}": numbers.median_ratio(
                    rounds, f"SetDevicesProperty qos{qos}", f"BatchPub qos{qos}",
                    "deliveries_per_s") for qos in (0, 1)}}

    def show(self, figures, options):
        medians = figures["medians"]
        numbers.print_table(
            f"reports of {options.report_properties} properties, QoS 1", ["herald"],
            ((label, numbers.cells([medians["reports"]], key, divisor, decimals))
             for key, label, divisor, decimals in REPORT_ROWS))
        for qos in (0, 1):
            numbers.print_table(
                f"{options.things_payload} bytes, QoS {qos}", [*CALLS, "share"],
                ((label, numbers.cells([medians[f"{name} qos{qos}"] for name in CALLS], key,
                                       divisor, decimals) +
                  ([f"{figures['shares'][f'qos{qos}']:.2f}"] if key == "deliveries_per_s" else []))
                 for key, label, divisor, decimals in numbers.DELIVERY_ROWS))

    def goals(self, figures):
        return [at_least(f"QoS {qos}: deliveries/s of SetDevicesProperty, to BatchPub's",
                         figures["shares"][f"qos{qos}"], 0.8) for qos in (0, 1)]
