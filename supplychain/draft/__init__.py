"""Draft: a stranger's table becomes a product file and its three suites, each decision with its reason."""

from supplychain.draft.drafting import Draft, make_draft
from supplychain.draft.redraft import redraft
from supplychain.draft.writing import Drafted, initialise

__all__ = ["Draft", "Drafted", "initialise", "make_draft", "redraft"]
