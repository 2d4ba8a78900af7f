"""Writes files whole or not at all, however many processes write beside each other.

Runs wherever the kit writes what others read.
Promises that nobody ever sees a part of a file, nor two writers each other's; proved by `test_whole_file.py`.
"""

from __future__ import annotations

import secrets
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Writes `content` under a name that nobody else has and moves it over `path`. Raises OSError where that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Drawn, not counted: two containers that share a folder have the same process numbers.
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
