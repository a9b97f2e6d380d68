"""An analyst's questions about a changed programme: what it would do, and to whom."""
