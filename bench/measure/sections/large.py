"""Payloads of 256 KiB: bytes a second beside bare send, and how often one is in memory."""

import statistics

from .. import figures as numbers
from ..bench import say
from ..goals import at_least, at_most
from ..processes import forget_peak, peak_bytes
from .section import Section

PAYLOAD = 256 * 1024
SECONDS = 2
WARMING_CALLS = 200
UNREAD_CALLS = 32
# So that every call to a device that does not read is kept for it.
UNBOUNDED = "limits.unsent_bytes=1000000000"


class Large(Section):
    NAME = "large"

    def measure(self, bench):
        options = bench.options
        names = [name for name in options.servers if name != "mosquitto"]
        rounds = []
        with bench.servers(names, options.devices) as servers:
            for _ in bench.rounds(self.NAME):
                found = {}
                for name, server in servers.items():
                    say(f"  {name}")
                    found[name] = bench.load(
                        server, "--devices", options.devices, "--batch", options.batch,
                        "--payload", PAYLOAD, "--callers", options.callers, "--seconds", SECONDS)
                    found[name]["bytes_per_s"] = found[name]["deliveries_per_s"] * PAYLOAD
                rounds.append(found)
        figures = {"rounds": rounds, "medians": {
            name: numbers.medians([found[name] for found in rounds]) for name in names}}
        if {"herald", "bare"} <= set(names):
            figures["bytes/s, to bare"] = numbers.median_ratio(rounds, "herald", "bare",
                                                               "bytes_per_s")
        if "herald" in names:
            figures["memory"] = self.measure_memory(bench)
        return figures

    @staticmethod
    def measure_memory(bench):
        """In payloads. A server anew for each, so that no call gets memory of an earlier one."""
        data = bench.herald_data(bench.options.batch)
        parsing, unread = [], []
        for _ in bench.rounds("large: memory"):
            with data.server(UNBOUNDED) as server:
                call = ("--batch", bench.options.batch, "--callers", 1, "--calls")
                bench.command("herald-unheard", server, *call, WARMING_CALLS)
                forget_peak(server.pid)
                before = peak_bytes(server.pid)
                bench.command("herald-unheard", server, *call, 1, "--payload", PAYLOAD)
                parsing.append((peak_bytes(server.pid) - before) / PAYLOAD)
                unread.append(bench.command(
                    "herald-unread", server, "--batch", bench.options.batch, "--calls",
                    UNREAD_CALLS, "--payload", PAYLOAD)["resident_bytes_per_call"] / PAYLOAD)
        return {"parsing": statistics.median(parsing), "unread": statistics.median(unread),
                "rounds": {"parsing": parsing, "unread": unread}}

    def show(self, figures, options):
        medians = figures["medians"]
        numbers.print_table(f"256 KiB to {options.batch} devices", [*medians], [
            ("MB/s", numbers.cells(medians.values(), "bytes_per_s", 1e6)),
            ("server CPU us/delivery", numbers.cells(medians.values(),
                                                     "server_cpu_us_per_delivery", 1, 1))])
        if "memory" in figures:
            numbers.print_table("memory of a call, in payloads", ["herald"], [
                (label, numbers.cells([figures["memory"]], key, 1, 2))
                for label, key in (("at most, while it is parsed", "parsing"),
                                   ("while devices do not read", "unread"))])

    def goals(self, figures):
        found = []
        if "bytes/s, to bare" in figures:
            found.append(at_least("256 KiB: bytes/s, to bare send's",
                                  figures["bytes/s, to bare"], 0.8))
        if "memory" in figures:
            found += [at_most("256 KiB: payloads of memory while a call is parsed",
                              figures["memory"]["parsing"], 6),
                      # One, and what is kept of each device.
                      at_most("256 KiB: payloads of memory while its devices do not read",
                              figures["memory"]["unread"], 1.1)]
        return found
