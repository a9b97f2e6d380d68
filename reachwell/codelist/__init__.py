"""Code lists of elsewhere taken over, and which list was live when."""
