"""Finding a secret where it must not be."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LETTERS = "ghjkmnpqrtuvwxyz"  # no hexadecimal digit, so that no run id ever looks like a canary
PIECE = 6  # characters in a row: pydantic shortens what it echoes
BASE64 = re.compile(r"[\w+/-]{8,}", re.ASCII)
HIDDEN = 8  # characters in a row: more than most words have that a key may share with a diagnosis


def canary(name: str, generation: int = 1) -> str:
    """Return a secret for an argument: the same in every run, and another in each generation."""
    digest = hashlib.sha256(f"{name}/{generation}".encode()).hexdigest()
    return "".join(LETTERS[int(digit, 16)] for digit in digest[:32])


def censored(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with each secret, and each longer piece of one, turned into asterisks.

    What is shorter than six characters stays: it is nobody's key, and may be a part of any word.
    """
    hidden: set[int] = set()
    for secret in map(str, secrets):  # what is declared as a key need not be a text
        size = max(PIECE, min(HIDDEN, len(secret)))
        for at in range(len(text) - size + 1):
            if text[at : at + size] in secret:
                hidden.update(range(at, at + size))
    return "".join("*" if at in hidden else one for at, one in enumerate(text))


def leaks(secret: str, text: str) -> bool:
    """Return whether `text` holds the secret, an encoding of it or a piece of it.

    A secret of fewer than 16 characters is looked for as a whole only: a piece of `test-key` may
    well be a word of its own.
    """
    size = PIECE if len(secret) >= 16 else len(secret)  # noqa: PLR2004  # see above
    pieces = {secret[at : at + size] for at in range(len(secret) - size + 1)}
    raw = secret.encode()
    pieces |= {base64.b64encode(raw).decode().rstrip("="), raw.hex()}
    said = "\n".join([text, *map(_decoded, BASE64.findall(text))])
    return any(piece in said for piece in pieces)


def _decoded(run: str) -> str:
    """Return what a run of base64 says, in which a key may stand behind a user's name."""
    run = run.replace("-", "+").replace("_", "/")
    return base64.b64decode(run + "A" * (-len(run) % 4)).decode("latin-1")
