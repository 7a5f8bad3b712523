"""What the plug keeps."""

from __future__ import annotations

from app.integrations.spiffy.sweeping import SpiffySweep

__all__ = ["SpiffySweep"]
