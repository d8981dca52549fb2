"""The tournament: every entrant fitted in a process of its own, measured on role tune, chosen by the levers."""

from supplychain.generate.tournament.tournament import hold

__all__ = ["hold"]
