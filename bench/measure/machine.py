"""The machine that is measured on."""

import os
import pathlib
import platform
import time


def describe():
    return {"began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cores": os.cpu_count(),
            "processor": processor(), "kernel": platform.release(),
            "load_average_before": os.getloadavg()[0]}


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
