"""All modules of the app and of our programs: what is in the process that the programs begin as copies of (jobs/nursery.py)."""

from __future__ import annotations

import gc

from sqlalchemy.orm import configure_mappers

import jobs.mailport
import jobs.prepare
import jobs.sharing
import jobs.ticker
import jobs.web
import jobs.worker  # noqa: F401
from app import modules
from jobs.child import die_with_parent
from jobs.nursery import entitle

die_with_parent()
entitle("nursery")
list(modules())
# Else each copy would do it at its first page: a second in which nobody there is answered.
configure_mappers()

# Without this the first collection in each copy writes to every page that they share.
gc.collect()
gc.freeze()
