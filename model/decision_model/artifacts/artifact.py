"""A model on disk: a folder with ``manifest.json`` and ``arrays.npz``, never code.

Nothing is unpickled. What may be in a folder is decided here and by the caller's `Schema`, not
by the files: names, types and shapes of arrays are checked before a single number is read. The
archive is stored, not compressed, so it cannot unfold into more than its own size. The same arrays
give the same bytes: members are sorted and carry no time.

A folder is written under a hidden name, synced and renamed, so a version is there completely or
not at all; versions never change. The checksums find damage, not forgery: someone who can write the
folder can also write matching checksums, but can still only give numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_model.artifacts.array_archive import (
    Refused,
    Schema,
    content_problem,
    pack_arrays,
    plain_array,
    schema_problem,
    unpack_arrays,
)
from decision_store.durable_files import atomic_write, make_folder, sync_folder
from decision_store.errors import DecisionLogError
from decision_store.fault_points import reach

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FORMAT = "decision-log model"
FORMAT_VERSION = 1
MANIFEST, ARRAYS = "manifest.json", "arrays.npz"
MAX_MANIFEST_BYTES = 4 << 20
MAX_ARRAYS_BYTES = 1 << 30
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RESERVED = ("format", "format_version", "schema", "schema_version", "arrays", "sha256")


class ArtifactMismatch(DecisionLogError):
    """A model folder is not what this program wrote, or not for what it is wanted."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(path, reason)

    def __str__(self) -> str:
        return (
            f"The model at {self.path} cannot be used: {self.reason}. "
            "Train a new one with 'decision-log train', "
            "or go back with 'decision-log models rollback'."
        )


class VersionTaken(DecisionLogError):
    """A version of that name exists; versions never change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(path)

    def __str__(self) -> str:
        return f"{self.path} is a model already, and a version never changes: use another name."


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model as read.

    Parameters
    ----------
    version : str
        Name of its folder.
    manifest : mapping
        All that was written about it, the reserved keys included.
    arrays : mapping of str to ndarray
        Read-only.
    """

    version: str
    manifest: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


def write_artifact(
    folder: Path, arrays: Mapping[str, NDArray[Any]], manifest: Mapping[str, Any], *, schema: Schema
) -> Path:
    """Write a model as a new folder, all or nothing.

    Parameters
    ----------
    folder : Path
        ``<models>/<version>``; must not exist. Missing parents are made.
    arrays : mapping of str to ndarray
        Checked against the schema; written little-endian and in C order.
    manifest : mapping
        JSON values, such as the feature schema, library versions, training cut-off and evaluation.
    schema : Schema
        What the arrays must be.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        A name that cannot be a version, arrays that break the schema, a manifest that is not
        JSON or uses a reserved key.
    VersionTaken
        The folder exists.
    """
    check_version_name(folder.name)
    if taken := [key for key in _RESERVED if key in manifest]:
        raise ValueError(f"manifest keys {taken} are reserved")
    plain = {name: plain_array(array) for name, array in arrays.items()}
    if problem := schema_problem(schema, {n: (a.dtype, a.shape) for n, a in plain.items()}):
        raise ValueError(problem)
    if problem := content_problem(schema, plain):
        raise ValueError(problem)
    packed = pack_arrays(plain)
    described = {
        **manifest,
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "schema": schema.name,
        "schema_version": schema.version,
        "arrays": {n: {"dtype": a.dtype.name, "shape": list(a.shape)} for n, a in plain.items()},
        "sha256": {"arrays": hashlib.sha256(packed).hexdigest()},
    }
    described["sha256"]["manifest"] = _manifest_hash(described)
    text = (
        json.dumps(described, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
    )
    _write_folder(folder, {ARRAYS: packed, MANIFEST: text.encode()})
    return folder


def load_artifact(folder: Path, *, schema: Schema, older: Sequence[Schema] = ()) -> Artifact:
    """Read and check a model of one format, or of an older one that is still read.

    Raises
    ------
    ArtifactMismatch
        Missing, damaged, foreign or newer files, another schema, or arrays that break it.

    Notes
    -----
    Each file is read once; what was checked is what is used.
    """
    packed, manifest = _read_checked(folder)
    found = manifest.get("schema_version")
    schema = next((one for one in older if one.version == found), schema)
    if problem := _schema_mismatch(manifest, schema):
        raise ArtifactMismatch(folder, problem)
    try:
        arrays = unpack_arrays(packed, schema)
    except Refused as refusal:
        raise ArtifactMismatch(folder, str(refusal)) from None
    return Artifact(folder.name, manifest, arrays)


def _schema_mismatch(manifest: Mapping[str, Any], schema: Schema) -> str:
    """Say how the kind or format of a model differs from the wanted one; empty where it does not."""
    kind, version = manifest.get("schema"), manifest.get("schema_version")
    if kind != schema.name:
        return f"it is a {kind!r}, where a {schema.name!r} is wanted"
    if version == schema.version:
        return ""
    if isinstance(version, int) and version > schema.version:
        return (
            f"it has model format {version}, but this program reads format {schema.version}; upgrade with "
            "'pip install --upgrade decision-log-roi'"
        )
    return (
        f"it has model format {version}, and this program reads format {schema.version} only: what it "
        "learnt has to be learnt again"
    )


def read_manifest(folder: Path, *, arrays: bool = True) -> Mapping[str, Any]:
    """Return the manifest after checking it against its checksums, and the arrays, where wanted.

    Raises
    ------
    ArtifactMismatch
        Missing, damaged, foreign or newer files.
    """
    if arrays:
        return _read_checked(folder)[1]
    return _parse_manifest(folder, _read(folder, MANIFEST, MAX_MANIFEST_BYTES))


def check_version_name(name: str) -> None:
    """Refuse a version name that could leave its folder or hide in it.

    Raises
    ------
    ValueError
        Anything but up to 100 letters, digits, ``.``, ``_`` and ``-``, a letter or digit first.
    """
    if not _VERSION.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot name a model version: use letters, digits, '.', '_' and '-', "
            "starting with a letter or digit, 100 at most"
        )


def _manifest_hash(manifest: Mapping[str, Any]) -> str:
    """Return the checksum of everything in the manifest but itself."""
    checked = {key: value for key, value in manifest["sha256"].items() if key != "manifest"}
    canonical = json.dumps(
        {**manifest, "sha256": checked}, sort_keys=True, allow_nan=False, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    if folder.exists():
        raise VersionTaken(folder)
    make_folder(folder.parent)
    hidden = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, content in files.items():
            with atomic_write(hidden / name) as file:
                file.write(content)
        reach("artifact: files written")
        try:
            hidden.rename(folder)
        except OSError:
            # Another process took the name meanwhile: a folder that holds files is never replaced.
            if folder.exists():
                raise VersionTaken(folder) from None
            raise
        reach("artifact: renamed")
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _read_checked(folder: Path) -> tuple[bytes, dict[str, Any]]:
    """Return the archive's bytes and the manifest, both checked against the checksums."""
    try:
        entries = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise ArtifactMismatch(folder, f"the folder cannot be read ({error.strerror})") from None
    if entries != [ARRAYS, MANIFEST]:
        raise ArtifactMismatch(folder, f"it holds {entries} instead of {[ARRAYS, MANIFEST]}")
    manifest = _parse_manifest(folder, _read(folder, MANIFEST, MAX_MANIFEST_BYTES))
    packed = _read(folder, ARRAYS, MAX_ARRAYS_BYTES)
    if hashlib.sha256(packed).hexdigest() != manifest["sha256"]["arrays"]:
        raise ArtifactMismatch(folder, f"{ARRAYS} is damaged: its checksum is another")
    return packed, manifest


def _read(folder: Path, name: str, limit: int) -> bytes:
    """Return a file's content, refusing links, devices and more than ``limit`` bytes."""
    path = folder / name
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ArtifactMismatch(folder, f"{name} cannot be read ({error.strerror})") from None
    if len(content) > limit:
        raise ArtifactMismatch(folder, f"{name} is larger than {limit} bytes")
    return content


def _parse_manifest(folder: Path, content: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(content.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ArtifactMismatch(folder, f"{MANIFEST} is not JSON") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArtifactMismatch(folder, f"{MANIFEST} does not describe a model of this program")
    version = manifest.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ArtifactMismatch(folder, f"format version {version!r} does not exist")
    if version > FORMAT_VERSION:
        raise ArtifactMismatch(
            folder,
            f"it has format version {version}, but this program knows only versions up to "
            f"{FORMAT_VERSION}; upgrade with 'pip install --upgrade decision-log-roi'",
        )
    sums = manifest.get("sha256")
    if not isinstance(sums, dict) or set(sums) != {"arrays", "manifest"}:
        raise ArtifactMismatch(folder, f"{MANIFEST} holds no checksums")
    if _manifest_hash(manifest) != sums["manifest"]:
        raise ArtifactMismatch(folder, f"{MANIFEST} is damaged: its checksum is another")
    return manifest


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
