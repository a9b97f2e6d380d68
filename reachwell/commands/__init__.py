"""The commands, one file for each group: parsing and printing only."""
