"""The 22 aggregates of an address, in the order that a model takes them, and the ratios that are made of them.

They are the columns of the Ethereum fraud dataset of Farrugia et al. (2020) without its ERC-20 columns: these are empty
for 38 % of the fraudulent addresses and for none of the others, so that a model would learn who filled in the table.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


class Aggregate(NamedTuple):
    """One aggregate."""

    name: str
    """In a record."""
    column: str
    """In the dataset."""
    unit: str


AGGREGATES: Final = (
    Aggregate("avg_min_between_sent", "Avg min between sent tnx", "minutes"),
    Aggregate("avg_min_between_received", "Avg min between received tnx", "minutes"),
    Aggregate("active_minutes", "Time Diff between first and last (Mins)", "minutes"),
    Aggregate("sent", "Sent tnx", "transactions"),
    Aggregate("received", "Received Tnx", "transactions"),
    Aggregate("created_contracts", "Number of Created Contracts", "contracts"),
    Aggregate("unique_senders", "Unique Received From Addresses", "addresses"),
    Aggregate("unique_receivers", "Unique Sent To Addresses", "addresses"),
    Aggregate("min_received", "min value received", "ether"),
    Aggregate("max_received", "max value received", "ether"),
    Aggregate("avg_received", "avg val received", "ether"),
    Aggregate("min_sent", "min val sent", "ether"),
    Aggregate("max_sent", "max val sent", "ether"),
    Aggregate("avg_sent", "avg val sent", "ether"),
    Aggregate("min_sent_to_contracts", "min value sent to contract", "ether"),
    Aggregate("max_sent_to_contracts", "max val sent to contract", "ether"),
    Aggregate("avg_sent_to_contracts", "avg value sent to contract", "ether"),
    Aggregate("transactions", "total transactions (including tnx to create contract", "transactions"),
    Aggregate("total_sent", "total Ether sent", "ether"),
    Aggregate("total_received", "total ether received", "ether"),
    Aggregate("total_sent_to_contracts", "total ether sent contracts", "ether"),
    Aggregate("balance", "total ether balance", "ether"),
)
NAMES: Final = tuple(aggregate.name for aggregate in AGGREGATES)
_AT: Final = {name: place for place, name in enumerate(NAMES)}

RATIOS: Final = (
    ("total_sent", "total_received"),
    ("sent", "received"),
    ("unique_senders", "received"),
    ("unique_receivers", "sent"),
    ("max_received", "total_received"),
    ("max_sent", "total_sent"),
    ("balance", "total_received"),
    ("active_minutes", "transactions"),
    ("min_received", "max_received"),
    ("min_sent", "max_sent"),
    ("avg_received", "avg_sent"),
)
"""Over and under: made here and not by the model, whose trees would need many splits for each."""

WIDTH: Final = len(NAMES) + len(RATIOS)
"""Columns of what a model takes."""
_OVER: Final = [_AT[over] for over, _ in RATIOS]
_UNDER: Final = [_AT[under] for _, under in RATIOS]
LEAST: Final = 1e-9
"""What stands in for a zero below a ratio."""
MOST: Final = 1e12
"""Ratios end here, so that 32 bits hold them."""


def matrix(rows: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    """Return what a model takes: one line per address, its aggregates and then the ratios.

    Args:
        rows: The aggregates of each address, in the order of `NAMES`.
    """
    aggregates: Matrix = np.asarray(rows, dtype=np.float64).reshape(len(rows), len(NAMES))
    under = aggregates[:, _UNDER]
    ratios = aggregates[:, _OVER] / np.where(np.abs(under) < LEAST, LEAST, under)
    return np.hstack([aggregates, np.clip(ratios, -MOST, MOST)]).astype(np.float32)
