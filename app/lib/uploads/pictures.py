"""Pictures: decoded and drawn anew, so that only the picture is left: no EXIF, no place, nothing hidden behind it."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps, ImageSequence

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 4096
THUMB_SIDE = 480
MOST_FRAMES = 200
MOST_MOVING_PIXELS = 40_000_000
# What each kind is drawn as; the rest becomes PNG.
DRAWN_AS = {"JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "GIF": "GIF", "WEBP": "WEBP", "AVIF": "WEBP"}
READ = ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "MPO"]
# A decoded picture takes up to 200 MB: two at a time in one process.
_easels = threading.BoundedSemaphore(2)


class Damaged(ValueError):
    """The bytes are no picture that can be drawn, or a bomb."""


@dataclass(frozen=True)
class Drawn:
    """A picture as it is kept: its bytes, MIME type, size in pixels, and a small WebP of at most 480 px."""

    content: bytes
    mimetype: str
    width: int
    height: int
    thumb: bytes


def redraw(content: bytes) -> Drawn:
    """Decode and encode a picture; larger than 4096 px is made smaller. Raises Damaged for what cannot or must not be decoded."""
    with _easels:
        try:
            return drawn(content)
        except Damaged:
            raise
        # Decoders raise all sorts of errors on hostile bytes; each of them means the same.
        except Exception as error:
            raise Damaged("The picture is damaged.") from error


def drawn(content: bytes) -> Drawn:
    with Image.open(io.BytesIO(content), formats=READ) as picture:
        check_size(picture)
        kind = DRAWN_AS.get(picture.format or "", "PNG")
        if kind in {"GIF", "WEBP"} and may_move(picture):
            return moving(picture, kind)
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        still = plain(picture)
    still.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    options: dict[str, Any] = {"JPEG": {"quality": 88, "optimize": True}, "WEBP": {"quality": 85}}.get(kind, {})
    ready = still.convert("RGB") if kind == "JPEG" else still
    return Drawn(encoded(ready, kind, **options), f"image/{kind.lower()}", *ready.size, thumb_of(still))


def check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise Damaged(f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels.")


def may_move(picture: Image.Image) -> bool:
    frames: int = getattr(picture, "n_frames", 1)
    small = max(picture.size) <= LONGEST_SIDE and picture.width * picture.height * frames <= MOST_MOVING_PIXELS
    return 1 < frames <= MOST_FRAMES and small


def moving(picture: Image.Image, kind: str) -> Drawn:
    pause = int(picture.info.get("duration", 100) or 100)
    frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(picture)]
    if any(frame.size != frames[0].size for frame in frames):
        raise Damaged("The picture is damaged.")
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=pause, loop=0, disposal=2)
    return Drawn(content, f"image/{kind.lower()}", *frames[0].size, thumb_of(frames[0]))


def plain(picture: Image.Image) -> Image.Image:
    """The pixels alone, turned upright, in a mode that every format here can hold."""
    upright = ImageOps.exif_transpose(picture)
    has_alpha = "A" in upright.getbands() or "transparency" in upright.info
    return upright.convert("RGBA" if has_alpha else "RGB")


def thumb_of(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    return encoded(small, "WEBP", quality=80)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    picture.info = {}
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
