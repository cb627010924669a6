"""Which cases a run takes that is not full: some of each row, drawn by the seed of the run.

What is drawn differs from run to run, so that in time every case has its turn; the seed draws it again. Rows
whose cases are few, or each something of its own, are always taken as a whole.
"""

import random

from holders import SLH_DSA, SLOW

# Rows of this many cases repeat one exchange with other keys and messages.
MANY = 200
PART = 4


def size(row):
    """How many cases of a row are drawn."""
    if row.algorithm in SLOW:
        return 1
    if row.algorithm in SLH_DSA or row.cases >= MANY:
        return -(-row.cases // PART)
    return row.cases


def drawn(row, seed):
    """Their numbers."""
    return sorted(random.Random(f"{seed}/sample/{row.name}").sample(range(row.cases), size(row)))
