"""Sender names in a model: hashed with the secret key of the home, never in clear.

Without the key a model says of nobody whether the log knows them: a hash can be neither made nor compared. The hash is
BLAKE2b with a key (RFC 7693), 16 bytes long: among a million senders two collide with probability 1.5e-27.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from decision_features import OpportunityFrame
from decision_features.hyperparameters import REMEMBERED_SENDERS

HASH_BYTES = 16
_SENDER, _KEY_ID = b"model sender", b"model key id"


def key_id(key: bytes) -> str:
    """Return what tells keys apart without telling them.

    Examples
    --------
    >>> key_id(bytes(32)) == key_id(bytes(32)), key_id(bytes(32)) == key_id(b"1" * 32)
    (True, False)
    """
    return blake2b(key=key, digest_size=8, person=_KEY_ID).hexdigest()


@lru_cache(maxsize=REMEMBERED_SENDERS)
def sender_hash(key: bytes, sender: str) -> str:
    """Return the hash of a sender in hex, named as `decision_store.names.sender_key` compares it."""
    name = sender.encode("utf-8", "surrogatepass")
    return blake2b(name, key=key, digest_size=HASH_BYTES, person=_SENDER).hexdigest()


def pack_hashes(names: Sequence[str]) -> NDArray[np.uint8]:
    """Return S hashes as an array, shape (S, 16).

    Examples
    --------
    >>> names = [sender_hash(bytes(32), "pat@example.com"), sender_hash(bytes(32), "sam@example.com")]
    >>> pack_hashes(names).shape, unpack_hashes(pack_hashes(names)) == names
    ((2, 16), True)
    """
    return np.frombuffer(bytes.fromhex("".join(names)), dtype=np.uint8).reshape(-1, HASH_BYTES)


def unpack_hashes(data: NDArray[np.uint8]) -> list[str]:
    """Return the hashes that `pack_hashes` was given."""
    return [row.tobytes().hex() for row in data]


@dataclass(frozen=True, slots=True)
class SenderHashing:
    """How a model that was loaded knows senders: by their hashes.

    Parameters
    ----------
    key : bytes or None
        Of the home in which the model was trained; without it nobody is recognised, as if no sender were given.
    """

    key: bytes | None

    def name(self, sender: str | None) -> str | None:
        """Return what the model calls a sender."""
        return None if sender is None or self.key is None else sender_hash(self.key, sender)

    def __call__(self, frame: OpportunityFrame) -> OpportunityFrame:
        """Return opportunities with their senders as the model calls them."""
        return frame.with_senders([self.name(one) for one in frame.sender.tolist()])
