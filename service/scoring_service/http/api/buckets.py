"""How often a client may ask: a bucket of tokens each, filled at a steady rate up to the burst. Pure."""


class Buckets:
    """One bucket for every client."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._left: dict[str, tuple[float, float]] = {}
        """Tokens, and when there were so many."""

    def take(self, client: str, now: float) -> float:
        """Take a token and return 0, or the seconds until there is one; `now` in monotonic seconds."""
        tokens, at = self._left.get(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second)
        if tokens < 1:
            return (1 - tokens) / self._per_second
        self._left[client] = (tokens - 1, now)
        return 0.0
