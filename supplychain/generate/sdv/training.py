"""How the training of a neural model goes, told while it goes."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 5.0
"""Between two lines."""


@contextmanager
def watched(model: Any, epochs: int, progress: Callable[[str], None]) -> Iterator[None]:  # noqa: ANN401  (SDV's own)
    """Tell the epoch and its losses every few seconds while SDV trains.

    ctgan calls nobody back: it prints a bar, or keeps what it would print in `loss_values`, a new table after each
    epoch. Reading that from beside leaves its code, its random streams and our output alone.
    """
    ended = Event()

    def watch() -> None:
        told = ""
        while not ended.wait(SECONDS):
            if (now := words(model, epochs)) != told:
                progress(told := now)

    beside = Thread(target=watch, name="training", daemon=True)
    beside.start()
    try:
        yield
    finally:
        ended.set()
        beside.join()
    progress(words(model, epochs))


def words(model: Any, epochs: int) -> str:  # noqa: ANN401  (SDV's own)
    """Where the training is.

    Example:
        epoch 12 of 300: generator loss -0.512, discriminator loss 0.114
    """
    losses = getattr(getattr(model, "_model", None), "loss_values", None)
    if losses is None or losses.empty:
        return "preparing the columns for training"
    last = losses.iloc[-1]
    each = (f"{name.lower()} {last[name]:.3f}" for name in losses.columns if name not in ("Epoch", "Batch"))
    return f"epoch {int(last['Epoch']) + 1} of {epochs}: {', '.join(each)}"
