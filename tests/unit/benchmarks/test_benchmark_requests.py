"""What the benchmark of requests makes of its windows."""

from benchmarks.requests_on_kafka import Pair, table
from benchmarks.windows import Window


def a_window(per_wall_s: float) -> Window:
    return Window(scoring_share=per_wall_s / 20_000, per_wall_s=per_wall_s, per_cpu_s=2 * per_wall_s)


def test_a_window_is_compared_with_its_neighbour_and_not_with_the_middle_of_all() -> None:
    """A machine that grows slower from pair to pair shows in the rates, and in no ratio."""
    pairs = [Pair(a_window(rate), a_window(0.9 * rate)) for rate in (16_000, 8_000, 4_000)]

    _, _, per_wall, per_cpu, share = [line.split(" | ") for line in table(pairs).splitlines()]

    assert per_wall == [
        "| records per second",
        "8,000 (4,000–16,000)",
        "7,200 (3,600–14,400)",
        "0.900 (0.900–0.900) |",
    ]
    assert per_cpu[1] == "16,000 (8,000–32,000)"
    assert share[1:] == ["40.0% (20.0%–80.0%)", "36.0% (18.0%–72.0%)", "0.900 (0.900–0.900) |"]
