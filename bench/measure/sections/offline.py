"""QoS 1 to devices that are away, and how they are drained when they come back."""

from .. import figures as numbers
from ..bench import say
from ..goals import at_least
from .section import Section

DEVICES = 1000
EACH = 1000
CALLERS = 16
ROWS = (
    ("messages_per_s", "messages/s", 1, 0),
    ("server_cpu_us_per_message", "server CPU us/message", 1, 2),
    ("call_p50_us", "call p50 ms", 1000, 2),
    ("call_p99_us", "call p99 ms", 1000, 2),
)


class Offline(Section):
    NAME = "offline"

    def measure(self, bench):
        """The second time round the server is killed before the devices come back."""
        rounds = []
        if "herald" not in bench.options.servers:
            return {}
        devices, each = ("--devices", DEVICES), ("--each", EACH)
        data = bench.herald_data(DEVICES)
        with data.server() as server:
            bench.run_load("herald-keep", *server.target, *devices)

        def leave(server):
            say("  calls to devices that are away")
            return bench.command("herald-leave", server, *devices, *each, "--batch",
                                 bench.options.batch, "--payload", bench.options.payload,
                                 "--callers", CALLERS)

        def drain(server):
            say("  devices come back")
            return bench.command("herald-drain", server, *devices, *each)

        for _ in bench.rounds(self.NAME):
            with data.server() as server:
                found = {"left": leave(server), "from memory": drain(server)}
                leave(server)
                server.kill()
            with data.server() as server:
                found["from disk"] = drain(server)
            rounds.append(found)
        return {"rounds": rounds, "medians": {
            name: numbers.medians([found[name] for found in rounds]) for name in rounds[0]}}

    def show(self, figures, options):
        medians = figures["medians"]
        numbers.print_table(
            f"{EACH} messages for each of {DEVICES} devices", [*medians],
            ((label, numbers.cells(medians.values(), key, divisor, decimals))
             for key, label, divisor, decimals in ROWS))

    def goals(self, figures):
        rate = {name: found["messages_per_s"] for name, found in figures["medians"].items()}
        return [at_least(f"QoS 1 to devices that are away, {CALLERS} callers: messages/s",
                         rate["left"], 100_000),
                at_least("drained in order, payloads in memory: messages/s",
                         rate["from memory"], 150_000),
                at_least("drained in order, from the disk after kill -9: messages/s",
                         rate["from disk"], 50_000)]
