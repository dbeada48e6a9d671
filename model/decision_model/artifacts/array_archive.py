"""Arrays in one uncompressed npz archive (`numpy.savez`), checked against what the code expects of them.

Nothing is unpickled (``allow_pickle=False``), and nothing is compressed, so an archive cannot unfold into
more than its own size. Equal arrays give equal bytes: members are sorted, and numpy dates none.
"""

from __future__ import annotations

import io
import re
import struct
import tokenize
import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_ARRAY = re.compile(r"[a-z][a-z0-9_]{0,63}\.npy")
_KINDS = frozenset("biuf")


class Refused(Exception):
    """Why an archive is not read."""


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """What one array must look like.

    Parameters
    ----------
    dtype : str
        Exactly, such as ``float64`` or ``int32``; booleans, integers and floats only.
    shape : tuple of int or str
        A number is that length; a name is any length, the same wherever the name stands.
    finite : bool
        Whether nan and infinity are refused.
    required : bool
        Whether the array may be missing.
    """

    dtype: str
    shape: tuple[int | str, ...]
    finite: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """What a kind of model consists of.

    Parameters
    ----------
    name : str
        Of the kind of model.
    version : int
        Raised whenever the meaning of an array or of the features changes.
    arrays : mapping of str to ArraySpec
        All that may be there.
    """

    name: str
    version: int
    arrays: Mapping[str, ArraySpec]


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return an uncompressed npz archive; equal arrays give equal bytes."""
    archive = io.BytesIO()
    np.savez(archive, **{name: arrays[name] for name in sorted(arrays)})  # type: ignore[arg-type]
    return archive.getvalue()


def pack_texts(texts: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return texts as UTF-8 bytes and the place where each ends, for vocabularies.

    Examples
    --------
    >>> unpack_texts(*pack_texts(["Wien", "", "Zürich"]))
    ('Wien', '', 'Zürich')
    """
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
    return np.frombuffer(b"".join(encoded), dtype=np.uint8), ends


def unpack_texts(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> tuple[str, ...]:
    """Return the texts that `pack_texts` was given.

    Raises
    ------
    ValueError
        The ends do not rise to the length of the data, or it is not UTF-8.
    """
    bounds = [0, *ends.tolist()]
    if bounds[-1] != data.size or any(b < a for a, b in pairwise(bounds)):
        raise ValueError("the ends of packed texts do not fit their data")
    raw = data.tobytes()
    return tuple(raw[a:b].decode() for a, b in pairwise(bounds))


def plain_array(array: NDArray[Any]) -> NDArray[Any]:
    """Return a little-endian copy in C order.

    Raises
    ------
    ValueError
        Not numbers or truth values.
    """
    array = np.asarray(array)
    if array.dtype.kind not in _KINDS:
        raise ValueError(f"arrays of {array.dtype} cannot be stored: numbers and truth values only")
    return np.array(array, dtype=array.dtype.newbyteorder("<"), order="C", copy=True)


def schema_problem(
    schema: Schema, found: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]
) -> str | None:
    """Return what is wrong with names, types and shapes, or None."""
    if extra := sorted(set(found) - set(schema.arrays)):
        return f"the arrays {extra} do not belong to a {schema.name!r}"
    lengths: dict[str, int] = {}
    for name, spec in schema.arrays.items():
        if name not in found:
            if spec.required:
                return f"the array {name!r} is missing"
            continue
        dtype, shape = found[name]
        if dtype != np.dtype(spec.dtype) or dtype.kind not in _KINDS:
            return f"the array {name!r} holds {dtype} instead of {spec.dtype}"
        wanted = tuple(
            lengths.setdefault(axis, length) if isinstance(axis, str) else axis
            for axis, length in zip(spec.shape, shape, strict=False)
        )
        if len(shape) != len(spec.shape) or wanted != shape:
            return f"the array {name!r} has shape {shape} instead of {spec.shape} with {lengths}"
    return None


def content_problem(schema: Schema, arrays: Mapping[str, NDArray[Any]]) -> str | None:
    """Return what is wrong with the numbers themselves, or None."""
    for name, array in arrays.items():
        if array.dtype.kind == "f" and schema.arrays[name].finite and not np.isfinite(array).all():
            return f"the array {name!r} holds numbers that are not finite"
    return None


_OF_FORGED_FILES = (
    zipfile.BadZipFile, zlib.error, struct.error, ValueError, TypeError, LookupError, ArithmeticError,
    RuntimeError, EOFError, OSError, MemoryError, SyntaxError, tokenize.TokenError,
)  # fmt: skip
"""What zipfile and numpy raise over bytes that are no archive of theirs; RuntimeError has NotImplementedError
(a later version, an unknown compression, a password) and RecursionError in it."""


def unpack_arrays(packed: bytes, schema: Schema) -> dict[str, NDArray[Any]]:
    """Return the arrays of an archive, read-only.

    Raises
    ------
    Refused
        The archive is damaged, or holds what the schema does not allow.
    """
    try:
        _check_members(packed)
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            found = {name: archive[name] for name in sorted(archive.files)}
    # A forged header may promise more than there is memory, or make numpy fail in other ways.
    except _OF_FORGED_FILES as error:
        raise Refused(f"the archive is not an archive of arrays ({error})") from None
    for name, array in found.items():
        if not isinstance(array, np.ndarray):
            raise Refused(f"{name!r} is not an array")
    if problem := schema_problem(schema, {n: (a.dtype, a.shape) for n, a in found.items()}):
        raise Refused(problem)
    if problem := content_problem(schema, found):
        raise Refused(problem)
    for array in found.values():
        array.flags.writeable = False
    return found


def _check_members(packed: bytes) -> None:
    """Refuse what numpy would read without complaint: compressed, repeated or oddly named members."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        members = archive.infolist()
    if len({one.filename for one in members}) != len(members):
        raise Refused("the archive holds a member twice")
    for one in members:
        if not _ARRAY.fullmatch(one.filename):
            raise Refused(f"the archive holds {one.filename!r}, which cannot be an array")
        if one.compress_type != zipfile.ZIP_STORED or one.file_size != one.compress_size:
            raise Refused(f"the archive holds {one.filename!r} compressed")
