"""What is to be reached."""

import dataclasses


@dataclasses.dataclass
class Goal:
    what: str
    measured: float
    bound: float
    is_least: bool = False  # The bound is a least, not a most.

    @property
    def reached(self):
        return self.measured >= self.bound if self.is_least else self.measured <= self.bound

    def __str__(self):
        return (f"{'reached' if self.reached else 'MISSED ':<8} {self.what}: "
                f"{number(self.measured)} (at {'least' if self.is_least else 'most'} "
                f"{number(self.bound)})")

    def as_json(self):
        return {**dataclasses.asdict(self), "reached": self.reached}


def at_most(what, measured, bound):
    return Goal(what, measured, bound)


def at_least(what, measured, bound):
    return Goal(what, measured, bound, is_least=True)


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
