"""A picture of what a command printed, for the README."""

import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI


def write_svg(console: Console, path: Path, title: str) -> None:
    """Write what a recording console printed as an SVG that fetches nothing from elsewhere."""
    text = console.export_svg(title=title, theme=MONOKAI, unique_id="reachwell")
    # Rich asks an outside host for its font; the reader's own monospace font will do.
    text = re.sub(r"@font-face \{.*?\}\n", "", text, flags=re.DOTALL)
    path.write_text(text, encoding="utf-8")
