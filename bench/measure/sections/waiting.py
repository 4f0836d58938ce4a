"""What messages that wait for devices that are away cost: memory, and the deliveries to others."""

import contextlib

from .. import figures as numbers
from .. import plots
from ..bench import say
from ..goals import at_most
from ..processes import resident_bytes
from .section import Section

AWAY = 10_000  # Devices.
LEFT = (0, 1_000_000, 10_000_000)  # Messages: for each Herald its number.
CALLERS = 16
SECONDS = 1


class Waiting(Section):
    NAME = "waiting"

    def measure(self, bench):
        """Three servers side by side, so that each round measures all of them."""
        options = bench.options
        if "herald" not in options.servers:
            return {}
        rounds = []
        with contextlib.ExitStack() as stack:
            servers = {}
            for left in LEFT:
                server = stack.enter_context(bench.herald_data(options.devices + AWAY).server())
                bench.run_load("herald-keep", *server.target, "--first", options.devices,
                               "--devices", AWAY)
                servers[left] = server
            few = {left: self.leave(bench, server, LEFT[1] // AWAY) if left else {}
                   for left, server in servers.items()}
            most = servers[LEFT[2]]
            before = resident_bytes(most.pid)
            many = self.leave(bench, most, (LEFT[2] - LEFT[1]) // AWAY)
            growth = (resident_bytes(most.pid) - before) / (LEFT[2] - LEFT[1])
            for _ in bench.rounds(self.NAME):
                found = {}
                for qos in (0, 1):
                    for left, server in servers.items():
                        say(f"  {left:,} waiting, QoS {qos}")
                        found.setdefault(f"qos{qos}", {})[str(left)] = bench.load(
                            server, "--devices", options.devices, "--batch", options.batch,
                            "--payload", options.payload, "--callers", options.callers,
                            "--seconds", SECONDS, "--qos", qos)
                rounds.append(found)
        medians = {qos: {left: numbers.medians([found[qos][left] for found in rounds])
                         for left in rounds[0][qos]} for qos in rounds[0]}
        return {"rounds": rounds, "medians": medians, "left": [*few.values(), many],
                "bytes_per_message": growth}

    @staticmethod
    def leave(bench, server, each):
        say(f"  {each * AWAY:,} messages to devices that are away")
        return bench.command("herald-leave", server, "--first", bench.options.devices, "--devices",
                             AWAY, "--each", each, "--batch", bench.options.batch, "--payload",
                             bench.options.payload, "--callers", CALLERS)

    def show(self, figures, options):
        numbers.print_table(
            "server CPU us/delivery", [f"{left:,} waiting" for left in LEFT],
            ((f"QoS {qos}", numbers.cells(figures["medians"][f"qos{qos}"].values(),
                                          "server_cpu_us_per_delivery", 1, 2)) for qos in (0, 1)))
        numbers.print_table("waiting messages", ["herald"], [
            ("resident bytes/message", numbers.cells([figures], "bytes_per_message", 1, 1))])

    def goals(self, figures):
        found = [at_most(f"resident bytes of a waiting message, from {LEFT[1]:,} to {LEFT[2]:,}",
                         figures["bytes_per_message"], 40)]
        for qos in (0, 1):
            costs = figures["medians"][f"qos{qos}"].values()
            found.append(at_most(
                f"QoS {qos}: spread of the CPU per delivery from 0 to {LEFT[2]:,} waiting",
                numbers.spread(each["server_cpu_us_per_delivery"] for each in costs), 0.15))
        return found

    def plots(self, figures):
        return {"waiting.svg": plots.figure("Server CPU per delivery", [plots.Panel(
            title="while messages wait for other devices", x_label="waiting messages",
            y_label="CPU-µs", x_ticks=[
                (index, f"{left // 1_000_000} million" if left else "0")
                for index, left in enumerate(LEFT)],
            lines=[plots.Line(f"QoS {qos}", [
                (index, each["server_cpu_us_per_delivery"])
                for index, each in enumerate(figures["medians"][f"qos{qos}"].values())])
                for qos in (0, 1)])])}
