"""The limit of the disk: one append and fdatasync."""

import os
import time

BYTES = 12 * 1024


def append_latency(folder, seconds, rate):
    """Appends as often as that, as evenly as calls come; to a file of its own in `folder`."""
    data, taken = os.urandom(BYTES), []
    path = folder / "appends"
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        begin = time.monotonic()
        for number in range(seconds * rate):
            time.sleep(max(0.0, begin + number / rate - time.monotonic()))
            start = time.perf_counter_ns()
            os.write(file, data)
            os.fdatasync(file)
            taken.append((time.perf_counter_ns() - start) / 1000)
    finally:
        os.close(file)
        path.unlink()
    taken.sort()
    return {"append_p50_us": taken[len(taken) // 2], "append_p99_us": taken[len(taken) * 99 // 100]}
