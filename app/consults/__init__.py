"""Consults: types from content/, hosts with hours, times that are truly free, and bookings nobody can double."""
