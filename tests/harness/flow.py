"""Records that flow through the partitions of a topic and the pods that score them, as arithmetic."""

from collections.abc import Sequence


class Flow:
    """Records arrive evenly over the partitions, which are dealt evenly to pods that score so many a second."""

    def __init__(self, partitions: int, per_pod: float, now: float) -> None:
        """Begin at a moment, with nothing that waits.

        Args:
            partitions: Of the topic.
            per_pod: Records a second that one pod scores at most.
            now: Seconds of any origin.
        """
        self.partitions, self.per_pod = partitions, per_pod
        self.rate = 0.0
        """Records a second that arrive."""
        self.busy: dict[str, float] = {}
        """Share of the last step in which a pod had something to do."""
        self._now = now
        self._born: dict[str, float] = {}
        self._ends, self._positions = [0.0] * partitions, [0.0] * partitions

    @property
    def waiting(self) -> float:
        """Records that wait."""
        return sum(self._ends) - sum(self._positions)

    def advance(self, now: float, pods: Sequence[str]) -> None:
        """Let records arrive and be scored until `now`; the pods' order deals the partitions."""
        seconds, self._now = now - self._now, now
        for partition in range(self.partitions):
            self._ends[partition] += self.rate * seconds / self.partitions
        for number, pod in enumerate(pods):
            self._born.setdefault(pod, now)
            budget = left = self.per_pod * seconds
            for partition in self.dealt(number, len(pods)):
                scored = min(left, self._ends[partition] - self._positions[partition])
                self._positions[partition] += scored
                left -= scored
            self.busy[pod] = 1 - left / budget if budget else 0.0

    def dealt(self, number: int, count: int) -> range:
        """Return the partitions of pod `number` of so many."""
        return range(number, self.partitions, count)

    def position(self, partition: int) -> int:
        """Return the offset of the next record to deliver."""
        return int(self._positions[partition])

    def end(self, partition: int) -> int:
        """Return the offset of the next record to arrive."""
        return int(self._ends[partition])

    def uptime_s(self, pod: str) -> float:
        """Return for how long a pod has been there."""
        return self._now - self._born.get(pod, self._now)
