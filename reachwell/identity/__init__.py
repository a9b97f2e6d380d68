"""Identity: what runs in the practice, offline: pseudonyms out, and lists back to NHS numbers."""
