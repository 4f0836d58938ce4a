"""Memory of a device that is only connected, with one subscription."""

from .. import figures as numbers
from ..bench import say
from ..goals import at_most
from .section import Section


class Idle(Section):
    NAME = "idle"

    def measure(self, bench):
        """A server anew for each, because memory that was used once stays resident."""
        figures = {}
        for name in bench.options.servers:
            if name == "bare":
                continue  # Keeps nothing of a device but its socket.
            say(f"{bench.options.idle_devices} idle devices, {name}")
            with bench.server(name, bench.options.idle_devices) as server:
                figures[name] = bench.load(server, "--idle", "--devices",
                                           bench.options.idle_devices)
        return figures

    def show(self, figures, options):
        numbers.print_table("idle", [*figures], [
            ("resident bytes/device", numbers.cells(figures.values(), "bytes_per_idle_device"))])

    def goals(self, figures):
        each = {name: found["bytes_per_idle_device"] for name, found in figures.items()}
        return [at_most("resident bytes of an idle device, to mosquitto's",
                        each["herald"] / each["mosquitto"], 0.4)] if len(each) == 2 else []
