"""Server processes, and what the kernel says of one."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

START_SECONDS = 60
STOP_SECONDS = 15
LIFE_SECONDS = 2 * 3600  # Then a server is stopped, whatever became of this program.


class Server:
    """One server process; ends with the block that it is used in, or with this program.

    `target`: what `load` is told of it.
    """

    def __init__(self, name, command, folder, is_ready, target):
        self.name, self.command, self.folder = name, command, folder
        self.is_ready, self.target = is_ready, target

    def __enter__(self):
        log_file = self.folder / f"{self.name}.log"
        with open(log_file, "ab") as log:
            # The signal goes to timeout, because mosquitto loses its own with root's rights.
            command = ["setpriv", "--pdeathsig", "TERM", "timeout", "--kill-after",
                       str(STOP_SECONDS), str(LIFE_SECONDS), *map(str, self.command)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        end = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                sys.exit(f"{self.name} does not start:\n{log_file.read_text()[-4000:]}")
            time.sleep(0.05)
        keeper = self.process.pid
        self.pid = int(pathlib.Path(f"/proc/{keeper}/task/{keeper}/children").read_text())
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(2 * STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self):
        """As kill -9 and a crash do."""
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    def is_ready():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False
    return is_ready


def answers(url):
    def is_ready():
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False
    return is_ready


def resident_bytes(pid):
    """Counted page by page; VmRSS may be off by some pages for each core."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return 1024 * int(line.split()[1])
    raise ValueError(f"no resident memory of process {pid}")


def forget_peak(pid):
    """From here on, peak_bytes() is that of what follows."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    raise ValueError(f"no peak memory of process {pid}")
