"""What the sections measure with: servers of each kind, and the load on them."""

import contextlib
import json
import os
import shutil
import subprocess
import sys

from .processes import START_SECONDS, Server, accepts, answers, free_port

UNLIMITED = ("BatchPub", "CreateProduct", "RegisterDevice", "SetDevicesProperty")
LOAD_SECONDS_MAX = 300
MOSQUITTO_CONF = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_inflight_messages 0
max_queued_messages 0
set_tcp_nodelay true
sys_interval 0
log_dest none
log_type none
"""


def say(text):
    print(text, file=sys.stderr, flush=True)


class HeraldData:
    """A data directory of Herald, with a product of so many registered devices."""

    def __init__(self, bench, folder, devices, setup):
        self.bench, self.folder = bench, folder
        folder.mkdir()
        key = folder / "key.json"
        with open(key, "wb") as out:
            subprocess.run([bench.options.herald, "init", "--data", folder / "data", "--json"],
                           stdout=out, check=True, timeout=START_SECONDS)
        say(f"registering {devices} devices")
        with self.server() as server:
            bench.run_load("herald-setup", "--api", server.target[1], "--key", key, "--access",
                           folder / "access", "--devices", devices, *setup)

    def server(self, *settings):
        """A Herald that serves it; one at a time."""
        api, mqtt = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        command = [self.bench.options.herald, "serve", "--data", self.folder / "data",
                   "--api", api, "--mqtt", mqtt, "--set", "admin=off"]
        for setting in (*(f"quota.{name}=unlimited" for name in UNLIMITED), *settings,
                        *self.bench.options.herald_set):
            command += ["--set", setting]
        return Server("herald", command, self.folder, answers(f"http://{api}/readyz"),
                      ["--api", api, "--mqtt", mqtt, "--access", self.folder / "access"])


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.directories = 0

    # Servers.

    def herald_data(self, devices, setup=()):
        self.directories += 1
        return HeraldData(self, self.folder / f"herald-{self.directories}", devices, setup)

    def server(self, name, devices):
        """One of its kind, for so many devices."""
        if name == "herald":
            return self.herald_data(devices).server()
        return self.mosquitto() if name == "mosquitto" else self.bare()

    @contextlib.contextmanager
    def servers(self, names, devices):
        """Servers by name, all at once."""
        with contextlib.ExitStack() as stack:
            yield {name: stack.enter_context(self.server(name, devices)) for name in names}

    def mosquitto(self):
        port = free_port()
        conf = self.folder / "mosquitto.conf"
        conf.write_text(MOSQUITTO_CONF.format(port=port))
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        if not program:
            sys.exit("mosquitto is not installed")
        return Server("mosquitto", [program, "-c", conf], self.folder, accepts(port),
                      ["--mqtt", f"127.0.0.1:{port}"])

    def bare(self):
        port = free_port()
        address = f"127.0.0.1:{port}"
        return Server("bare", [self.options.build / "bench/bare_send", "--listen", address],
                      self.folder, accepts(port), ["--server", address])

    # Load.

    def run_load(self, *arguments):
        """What `load` printed."""
        done = subprocess.run([str(self.options.build / "bench/load"), *map(str, arguments)],
                              stdout=subprocess.PIPE, text=True, timeout=LOAD_SECONDS_MAX,
                              check=False)
        if done.returncode != 0:
            raise SystemExit(f"load {arguments[0]} failed with status {done.returncode}")
        return done.stdout

    def load(self, server, *arguments):
        """The figures of work that each kind of server knows."""
        return self.command(server.name, server, *arguments)

    def command(self, command, server, *arguments):
        """The figures of one command of `load`."""
        return json.loads(self.run_load(command, *server.target, *arguments, "--server-pid",
                                        server.pid, "--json"))

    def rounds(self, what):
        """Counts the rounds, and says so."""
        for number in range(1, self.options.rounds + 1):
            say(f"{what}: round {number}/{self.options.rounds}")
            yield number
