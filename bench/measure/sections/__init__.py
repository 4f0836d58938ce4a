"""The subjects that are measured, in order."""

from . import (connects, growth, idle, large, offline, rounds, things, tls, unheard, waiting)

SECTIONS = {section.NAME: section for section in (
    rounds.Rounds(), connects.Connects(), idle.Idle(), tls.Tls(), things.Things(),
    offline.Offline(), waiting.Waiting(), large.Large(), unheard.Unheard(), growth.Growth())}
