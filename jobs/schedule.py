"""Every recurring job, in one table. A turn writes its errand into the outbox; the outbox does the rest."""

from __future__ import annotations

from datetime import time, timedelta

from app.lib.rounds import Round

SCHEDULE: tuple[Round, ...] = (
    Round(name="sweep the outbox", errand="outbox.sweep", every=timedelta(hours=6)),
    Round(name="sweep uploads", errand="uploads.sweep", every=timedelta(hours=12)),
    Round(name="ask about late payments", errand="checkout.sweep", every=timedelta(minutes=5)),
    Round(name="forget old moments", errand="analytics.forget", at=time(3, 30)),
    Round(name="read hosts' calendars", errand="calendars.sync_due", every=timedelta(minutes=1)),
    Round(name="compare with booking providers", errand="integrations.sweep_all", every=timedelta(minutes=15)),
    Round(name="look at Spiffy's orders", errand="spiffy.sweep", every=timedelta(minutes=30)),
    Round(name="listen to the silence of providers", errand="integrations.watch", every=timedelta(hours=1)),
    Round(name="forget old webhooks", errand="integrations.forget", every=timedelta(days=1)),
    Round(name="take up changed articles", errand="help.refresh", every=timedelta(minutes=1)),
    Round(name="let the bot learn", errand="bot.learn", every=timedelta(minutes=1)),
    Round(name="sweep old questions", errand="help.sweep", every=timedelta(days=1)),
    Round(name="follow calendar feeds", errand="hours.feeds", every=timedelta(hours=12)),
    Round(name="fetch mail", errand="mailroom.fetch", every=timedelta(minutes=1)),
    Round(name="let rules look at quiet conversations", errand="rules.quiet", every=timedelta(minutes=15)),
    Round(name="look at every promise", errand="tickets.look_at_all", every=timedelta(hours=24)),
    Round(name="re-queue chats of closed desks", errand="chat.requeue", every=timedelta(minutes=1)),
    Round(name="tell admins of trouble", errand="notifications.trouble", every=timedelta(minutes=15)),
    Round(name="sweep used links and old sessions", errand="accounts.sweep", every=timedelta(days=1)),
    Round(name="sweep old news", errand="notifications.sweep", every=timedelta(days=1)),
)
