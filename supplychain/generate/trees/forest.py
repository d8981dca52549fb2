"""Trees as flat arrays, made to be asked and drawn from fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Nodes:
    """Trees as flat arrays; a leaf leads to itself.

    Attributes:
        feature: Column that a node asks about: its place in the order, from 1; a leaf asks about 0, a column of zeros.
        start_of: Where in `goes_to` a node's answers begin.
        goes_to: The next node for each code of the column asked about: one look-up a step, whatever the split.
        depth: Steps from a root to the deepest leaf.
        roots: The node where each tree begins.
    """

    feature: NDArray[np.int32]
    start_of: NDArray[np.int32]
    goes_to: NDArray[np.int32]
    depth: int
    roots: NDArray[np.int32]

    def leaves(self, codes: NDArray[np.int32], tree: NDArray[np.int64]) -> NDArray[np.int32]:
        """The leaf of each row in its tree. Codes are rows x columns, a column of zeros first."""
        import numpy as np

        node = self.roots.take(tree)
        base = np.arange(len(codes), dtype=np.int32) * np.int32(codes.shape[1])
        flat = codes.ravel()
        for _ in range(self.depth):
            code = flat.take(base + self.feature.take(node))
            node = self.goes_to.take(self.start_of.take(node) + code)
        return node


@dataclass(frozen=True)
class Forest(Nodes):
    """The trees of one column.

    Attributes:
        start: Where a leaf's table for drawing begins.
        shift: How far a 32-bit random number is shifted to a place in that table.
        table: Codes, as often as they are likely.
    """

    start: NDArray[np.int64]
    shift: NDArray[np.uint32]
    table: NDArray[np.int16]

    def draw(self, codes: NDArray[np.int32], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """A code for each row, given the codes of the columns before and 64 random bits: half choose the tree."""
        import numpy as np

        tree = ((bits >> np.uint64(32)) * np.uint64(len(self.roots)) >> np.uint64(32)).astype(np.int64)
        leaf = self.leaves(codes, tree)
        number = bits.astype(np.uint32)
        return self.table[self.start[leaf] + (number >> self.shift[leaf])].astype(np.int64)

    def shares(self, codes: NDArray[np.int32], tokens: int) -> NDArray[np.float64]:
        """How likely each code is for each row, over all trees. Rows x tokens."""
        import numpy as np

        sizes = np.int64(1) << (32 - self.shift.astype(np.int64))
        nodes = np.repeat(np.arange(len(self.start)), sizes)
        table = np.bincount(nodes * tokens + self.table, minlength=len(self.start) * tokens).reshape(-1, tokens)
        share = table / sizes[:, None]
        summed = np.zeros((len(codes), tokens))
        for tree in range(len(self.roots)):
            summed += share[self.leaves(codes, np.full(len(codes), tree))]
        return summed / len(self.roots)


def led(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Codes with a column of zeros before them: what leaves ask about."""
    import numpy as np

    return np.concatenate([np.zeros((len(codes), 1), dtype=np.int32), codes], axis=1, dtype=np.int32)
