"""Numbers that the labelled addresses of Farrugia et al. (2020) have; `scorer train address-risk` prints them."""

from typing import Final

USUAL: Final = {
    "avg_min_between_sent": 22.745,
    "avg_min_between_received": 1402.13,
    "active_minutes": 116626.0,
    "sent": 3.0,
    "received": 5.0,
    "created_contracts": 0.0,
    "unique_senders": 2.0,
    "unique_receivers": 2.0,
    "min_received": 0.15734,
    "max_received": 12.2168,
    "avg_received": 3.74737,
    "min_sent": 0.055176,
    "max_sent": 9.69832,
    "avg_sent": 2.30974,
    "min_sent_to_contracts": 0.0,
    "max_sent_to_contracts": 0.0,
    "avg_sent_to_contracts": 0.0,
    "transactions": 11.0,
    "total_sent": 34.0623,
    "total_received": 71.719,
    "total_sent_to_contracts": 0.0,
    "balance": 0.0022,
}
"""Medians of the aggregates of addresses that are no fraud."""

COEFFICIENTS: Final = (
    0.067897,
    -0.29179,
    0.035679,
    -0.66366,
    -0.56702,
    -0.78772,
    1.4106,
    0.56092,
    -0.2475,
    0.4974,
    -1.1116,
    0.61707,
    0.42702,
    -0.36401,
    0.0,
    0.0,
    0.0,
    -0.84083,
    -0.17443,
    -0.37301,
    0.0,
    -0.01118,
    -0.86268,
    -0.3331,
    3.0776,
    -0.012937,
    -4.5364,
    -0.5892,
    -1.0289,
    0.071181,
    -3.3799,
    0.65696,
    0.022317,
)
"""Of the signed logarithms of the columns of `features.matrix`, in their order; 0 for what addresses hardly ever do."""

INTERCEPT: Final = 3.4813
