"""What rows teach: a slice's learning curve, and what a synthetic row is worth beside a real one."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, isinf, log

EXPONENTS = tuple(round(0.1 * k, 1) for k in range(2, 13))
"""Exponents of a learning curve that are tried, 0.2 to 1.2."""

CURED_BY_ROWS = ("missing", "shifted")
"""Kinds of gap that more rows of the window can close; for the others they are no remedy."""


@dataclass(frozen=True)
class Curve:
    """A slice's learning curve: with n rows, its loss is `a * n ** -b + c`.

    Example:
        >>> round(Curve(2.0, 0.5, 0.1).loss(100), 3)
        0.3
        >>> round(Curve(2.0, 0.5, 0.1).rows_for(0.3))
        100
    """

    a: float
    b: float
    c: float

    def loss(self, rows: float) -> float:
        """The loss with so many rows."""
        return float(self.a * max(rows, 1.0) ** -self.b + self.c)

    def rows_for(self, loss: float) -> float:
        """Rows at which the loss is reached; infinite where no number of rows reaches it."""
        if loss <= self.c or self.b <= 0 or self.a <= 0:
            return inf
        return float((self.a / (loss - self.c)) ** (1 / self.b))

    def of_more(self, times: float) -> Curve:
        """The same curve where a row is counted `times` times: of a whole whose part was measured."""
        return Curve(self.a * times**self.b, self.b, self.c)

    @classmethod
    def fit(cls, rows: list[float], losses: list[float]) -> Curve:
        """The least-squares curve with a and c of at least 0, over a grid of exponents; four points decide no more.

        Args:
            rows: Training rows, ascending.
            losses: The loss at each.
        """
        import numpy as np
        from scipy.optimize import nnls

        n, y = np.array(rows), np.array(losses)
        # The full table's loss is known best, and what comes after it is asked for.
        weight = np.sqrt(n / n.max())
        best = (float("inf"), cls(0.0, EXPONENTS[0], float(y[-1])))
        for b in EXPONENTS:
            design = np.column_stack([(n / n.max()) ** -b, np.ones(len(n))])
            (a, c), residual = nnls(design * weight[:, None], y * weight)
            if residual < best[0] - 1e-12:
                best = (residual, cls(float(a * n.max() ** b), b, float(c)))
        return best[1]


@dataclass(frozen=True)
class Exchange:
    """What a synthetic row teaches, in real rows: `rate` at first, never more than `ceiling` rows in all.

    n_eff = n + K (1 - exp(-rate m / K)) for m synthetic rows; without a ceiling, n + rate m.

    Example:
        >>> Exchange(0.5).effective(100, 200)
        200.0
        >>> round(Exchange(0.5, 50.0).effective(100, 1_000_000))
        150
    """

    rate: float
    ceiling: float = inf

    def effective(self, real: float, synthetic: float) -> float:
        """Real rows that would teach as much."""
        if isinf(self.ceiling):
            return real + self.rate * synthetic
        if self.ceiling <= 0:
            return float(real)
        return real + self.ceiling * (1 - exp(-self.rate * synthetic / self.ceiling))

    def synthetic_for(self, real: float, effective: float) -> float:
        """Synthetic rows that make up for what is missing; infinite where none do."""
        missing = effective - real
        if missing <= 0:
            return 0.0
        if self.rate <= 0 or missing >= self.ceiling or isinf(missing):
            return inf
        if isinf(self.ceiling):
            return missing / self.rate
        return -self.ceiling / self.rate * log(1 - missing / self.ceiling)
