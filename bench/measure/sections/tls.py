"""Herald's memory for a device on TLS, with one subscription."""

from .. import figures as numbers
from ..bench import say
from ..goals import at_most
from .section import Section


class Tls(Section):
    NAME = "tls"

    def measure(self, bench):
        if "herald" not in bench.options.servers:
            return {}
        devices = bench.options.tls_devices
        say(f"{devices} idle devices on TLS, herald")
        with bench.server("herald", devices) as server:
            return bench.load(server, "--idle", "--tls", "--devices", devices)

    def show(self, figures, options):
        numbers.print_table("idle on TLS", ["herald"], [
            ("resident bytes/device", numbers.cells([figures], "bytes_per_idle_device"))])

    def goals(self, figures):
        return [at_most("resident bytes of an idle device on TLS",
                        figures["bytes_per_idle_device"], 20 * 1024)]
