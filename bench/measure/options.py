"""The command line of bench/run."""

import argparse
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SERVERS = ("herald", "mosquitto", "bare")


def read(description, sections):
    parser = argparse.ArgumentParser(prog="./dev bench", description=description)
    parser.add_argument("--only", choices=sections, action="append",
                        help="measure this alone; may be repeated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3,
                        help="of each measurement of rounds and connects")
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--check", action="store_true", help="fail when a goal is missed")
    parser.add_argument("--plots", type=pathlib.Path, metavar="DIR", help="draw them into DIR")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench.json",
                        help="JSON (default: build/bench.json)")

    work = parser.add_argument_group("work")
    work.add_argument("--devices", type=int, default=1000)
    work.add_argument("--batch", type=int, default=100, help="devices of one call")
    work.add_argument("--payload", type=int, default=64, help="bytes")
    work.add_argument("--callers", type=int, default=4, help="calls under way at once")
    work.add_argument("--idle-devices", type=int, default=19000)
    work.add_argument("--tls-devices", type=int, default=5000)
    work.add_argument("--things-devices", type=int, default=1000, help="with a thing model")
    work.add_argument("--things-payload", type=int, default=200,
                      help="bytes of a message that sets properties")
    work.add_argument("--report-properties", type=int, default=5, help="of each report")
    work.add_argument("--report-window", type=int, default=1,
                      help="reports of a device that wait for their replies")

    programs = parser.add_argument_group("programs")
    programs.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    programs.add_argument("--herald", type=pathlib.Path, help="another than that of --build")
    programs.add_argument("--herald-set", action="append", default=[], metavar="KEY=VALUE",
                          help="a setting of Herald; may be repeated")
    programs.add_argument("--work", type=pathlib.Path,
                          help="where Herald's data lies while it is measured (default: --build)")

    options = parser.parse_args()
    options.servers = [name for name in SERVERS if name in options.servers.split(",")]
    options.only = options.only or sections
    options.herald = options.herald or options.build / "herald"
    options.work = options.work or options.build
    return options
