"""What a SQL condition looks at."""

from __future__ import annotations

import re

_WORDS = "and or not in is like ilike between case when then else end cast try_cast"
_FUNCTIONS = (
    "abs sign ceil ceiling floor round sqrt cbrt exp ln log log2 log10 log1p mod pow power div greatest least "
    "coalesce ifnull nullif if length char_length octet_length lower upper initcap substr substring left right ltrim "
    "rtrim trim replace reverse starts_with ends_with strpos concat concat_ws regexp_like date datetime date_part "
    "extract year month day strftime"
)
_OF_ONE_ROW = frozenset(f"{_WORDS} {_FUNCTIONS}".split())


def reads_one_row(sql: str) -> bool:
    """Whether a SQL condition looks at nothing but its own row: it calls only functions that are known to.

    Example:
        >>> reads_one_row("abs(total - (a + b)) <= 0.5"), reads_one_row("income <= 3 * avg(income)")
        (True, False)
    """
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", " ", sql)
    return all(name.lower() in _OF_ONE_ROW for name in re.findall(r"(\w+)\s*\(", bare))
