"""Decisions on candidates: kept as events in the state, read by the next night, and made in Excel."""
