"""Finding a secret where it must not be."""

from __future__ import annotations

import base64
import hashlib

LETTERS = "ghjkmnpqrtuvwxyz"  # no hexadecimal digit, so that no run id ever looks like a canary
PIECE = 6  # characters in a row: pydantic shortens what it echoes


def canary(name: str, generation: int = 1) -> str:
    """Return a secret that is the same in every run and occurs nowhere else.

    Args:
        name: The argument it is for.
        generation: Another number makes another secret for the same argument.
    """
    digest = hashlib.sha256(f"{name}/{generation}".encode()).hexdigest()
    return "".join(LETTERS[int(digit, 16)] for digit in digest[:32])


def leaks(secret: str, text: str) -> bool:
    """Return whether `text` holds the secret, an encoding of it or a piece of it.

    A secret of fewer than 16 characters is looked for as a whole only: a piece of `test-key` may
    well be a word of its own.
    """
    size = PIECE if len(secret) >= 16 else len(secret)  # noqa: PLR2004  # see above
    pieces = {secret[at : at + size] for at in range(len(secret) - size + 1)}
    raw = secret.encode()
    pieces |= {base64.b64encode(raw).decode().rstrip("="), raw.hex()}
    return any(piece in text for piece in pieces)
