"""How sure a share is: Wilson's score interval, and Newcombe's for the difference of two shares (Statistics in Medicine 17, 1998)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054  # 95 %


@dataclass(frozen=True)
class Share:
    """`hits` of `all`, with the 95 % Wilson score interval `low` to `high`; 0 to 1 while there is nothing to count."""

    hits: int
    all: int

    @property
    def rate(self) -> float:
        return self.hits / self.all if self.all else 0.0

    @property
    def low(self) -> float:
        return self.bounds()[0]

    @property
    def high(self) -> float:
        return self.bounds()[1]

    def bounds(self) -> tuple[float, float]:
        if not self.all:
            return 0.0, 1.0
        n, p = self.all, self.rate
        middle, width = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        return max(0.0, (middle - width) / (1 + Z * Z / n)), min(1.0, (middle + width) / (1 + Z * Z / n))


@dataclass(frozen=True)
class Lift:
    """How much better `shown` does than `held`, in points of the share, with Newcombe's 95 % interval (method 10)."""

    shown: Share
    held: Share

    @property
    def points(self) -> float:
        return self.shown.rate - self.held.rate

    @property
    def low(self) -> float:
        a, b = self.shown, self.held
        return self.points - sqrt((a.rate - a.low) ** 2 + (b.high - b.rate) ** 2)

    @property
    def high(self) -> float:
        a, b = self.shown, self.held
        return self.points + sqrt((a.high - a.rate) ** 2 + (b.rate - b.low) ** 2)

    @property
    def verdict(self) -> str:
        """What may be said: it helps, it harms, or nobody knows yet."""
        return "it helps" if self.low > 0 else "it harms" if self.high < 0 else "nobody knows yet"
