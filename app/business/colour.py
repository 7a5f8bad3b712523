"""The firm's two colours: any hex value becomes a hue and a strength in OKLCH; how light it stands is the design's to say."""

from __future__ import annotations

import re
from math import atan2, cbrt, degrees, hypot

HEX = re.compile(r"#[0-9a-fA-F]{6}")
STRONGEST = 0.17


def hue_and_chroma(colour: str) -> tuple[float, float]:
    """Hue in degrees and chroma (at most 0.17) of `#rrggbb`, in OKLCH (CSS Color 4). Raises ValueError for anything else."""
    if not HEX.fullmatch(colour):
        raise ValueError(f"{colour!r} is not a colour such as #1d4e6b")
    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    mid = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * mid + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * mid - 0.8086757660 * short
    return round(degrees(atan2(b, a)) % 360, 1), round(min(hypot(a, b), STRONGEST), 3)


def linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
