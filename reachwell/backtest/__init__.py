"""A programme at a past day, and what happened to those it would have listed."""
