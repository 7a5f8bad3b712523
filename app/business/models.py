"""The door to the firm's facts: import these from here. They are read from content/, never stored."""

from __future__ import annotations

from app.business.offers import AddOn, Guarantee, Offer, PaymentPlan, Step
from app.business.people import Profession, Testimonial
from app.business.site import Brand, Office, Phone, Promises, Site

__all__ = [
    "AddOn",
    "Brand",
    "Guarantee",
    "Offer",
    "Office",
    "PaymentPlan",
    "Phone",
    "Profession",
    "Promises",
    "Site",
    "Step",
    "Testimonial",
]
