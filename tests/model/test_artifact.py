"""Model folders: what is written is read, and nothing else is."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_model.artifacts import artifact
from decision_model.artifacts.array_archive import (
    ArraySpec,
    Refused,
    Schema,
    pack_arrays,
    pack_texts,
    unpack_arrays,
    unpack_texts,
)
from decision_model.artifacts.artifact import (
    ArtifactMismatch,
    VersionTaken,
    load_artifact,
    read_manifest,
    write_artifact,
)
from decision_store.errors import CannotWrite, DecisionLogError

SCHEMA = Schema(
    "logistic",
    3,
    {
        "weights": ArraySpec("float64", ("columns",)),
        "covariance": ArraySpec("float64", ("columns", "columns")),
        "levels": ArraySpec("int32", ("levels",), required=False),
    },
)
ARRAYS = {"weights": np.array([0.5, -1.0]), "covariance": np.eye(2)}
MANIFEST = {"trained_until": "2026-01-01T00:00:00+00:00", "libraries": {"numpy": np.__version__}}


@pytest.fixture
def folder(tmp_path):
    return write_artifact(tmp_path / "v1", ARRAYS, MANIFEST, schema=SCHEMA)


def forge(folder, packed=None, **changes):
    """Rewrite a folder so that all its checksums fit again, as an attacker could."""
    if packed is not None:
        (folder / "arrays.npz").write_bytes(packed)
    manifest = json.loads((folder / "manifest.json").read_text()) | changes
    manifest["sha256"] = {
        "arrays": hashlib.sha256((folder / "arrays.npz").read_bytes()).hexdigest()
    }
    manifest["sha256"]["manifest"] = artifact._manifest_hash(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def archive_of(members, compression=zipfile.ZIP_STORED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=compression)
    return packed.getvalue()


def npy(array, *, pickles=False):
    content = io.BytesIO()
    np.lib.format.write_array(content, array, version=(1, 0), allow_pickle=pickles)
    return content.getvalue()


def refused(folder, reason):
    with pytest.raises(ArtifactMismatch, match=reason) as error:
        load_artifact(folder, schema=SCHEMA)
    assert isinstance(error.value, DecisionLogError)
    assert str(folder) in str(error.value)


def test_a_model_is_read_as_it_was_written(folder):
    found = load_artifact(folder, schema=SCHEMA)
    assert found.version == "v1"
    assert found.manifest["trained_until"] == MANIFEST["trained_until"]
    assert sorted(found.arrays) == ["covariance", "weights"]
    for name, array in ARRAYS.items():
        assert np.array_equal(found.arrays[name], array)
        assert not found.arrays[name].flags.writeable


def test_equal_arrays_give_equal_bytes_whatever_their_order_and_layout(tmp_path):
    turned = {
        "covariance": np.asfortranarray(ARRAYS["covariance"]),
        "weights": ARRAYS["weights"].astype(">f8").astype("f8"),
    }
    first = write_artifact(tmp_path / "a", ARRAYS, MANIFEST, schema=SCHEMA)
    second = write_artifact(tmp_path / "b", turned, MANIFEST, schema=SCHEMA)
    for name in ("arrays.npz", "manifest.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_numpy_itself_can_read_the_arrays(folder):
    with np.load(folder / "arrays.npz", allow_pickle=False) as found:
        assert np.array_equal(found["weights"], ARRAYS["weights"])


def test_a_version_never_changes(folder):
    before = (folder / "arrays.npz").read_bytes()
    with pytest.raises(VersionTaken):
        write_artifact(folder, {**ARRAYS, "weights": np.zeros(2)}, MANIFEST, schema=SCHEMA)
    assert (folder / "arrays.npz").read_bytes() == before
    assert [entry.name for entry in folder.parent.iterdir()] == ["v1"]


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full_disk(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full_disk)
    with pytest.raises(CannotWrite, match="No space"):
        write_artifact(tmp_path / "v1", ARRAYS, MANIFEST, schema=SCHEMA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["..", ".hidden", "a b", "a/../b ", "", "x" * 101, "-v1", "ü"])
def test_a_name_that_could_leave_the_folder_is_no_version(tmp_path, name):
    with pytest.raises(ValueError, match="cannot name"):
        artifact.check_version_name(name)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"weights": np.zeros(2)}, "'covariance' is missing"),
        ({**ARRAYS, "extra": np.zeros(1)}, "do not belong"),
        ({**ARRAYS, "weights": np.zeros(3)}, "has shape"),
        ({**ARRAYS, "weights": np.zeros((2, 1))}, "has shape"),
        ({**ARRAYS, "weights": np.zeros(2, dtype=np.float32)}, "float32 instead of float64"),
        ({**ARRAYS, "weights": np.array([1.0, np.nan])}, "not finite"),
        ({**ARRAYS, "weights": np.array([None, {}], dtype=object)}, "cannot be stored"),
        ({**ARRAYS, "weights": np.array(["a", "b"])}, "cannot be stored"),
    ],
)
def test_arrays_that_break_the_schema_are_not_written(tmp_path, arrays, reason):
    with pytest.raises(ValueError, match=reason):
        write_artifact(tmp_path / "v1", arrays, MANIFEST, schema=SCHEMA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("manifest", [{"format": "x"}, {"figure": float("nan")}])
def test_a_manifest_with_reserved_keys_or_without_json_is_not_written(tmp_path, manifest):
    with pytest.raises(ValueError, match=r"reserved|JSON"):
        write_artifact(tmp_path / "v1", ARRAYS, manifest, schema=SCHEMA)


def test_every_flipped_byte_is_found(folder):
    for name in ("arrays.npz", "manifest.json"):
        path = folder / name
        whole = path.read_bytes()
        for place in range(0, len(whole), 7):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(ArtifactMismatch):
                load_artifact(folder, schema=SCHEMA)
        path.write_bytes(whole)
    load_artifact(folder, schema=SCHEMA)


def test_every_truncation_is_found(folder):
    for name in ("arrays.npz", "manifest.json"):
        path = folder / name
        whole = path.read_bytes()
        for length in range(0, len(whole) - 1, 11):
            path.write_bytes(whole[:length])
            with pytest.raises(ArtifactMismatch):
                load_artifact(folder, schema=SCHEMA)
        path.write_bytes(whole)


def test_a_truncated_archive_is_refused_even_with_fitting_checksums(folder):
    whole = (folder / "arrays.npz").read_bytes()
    for length in range(0, len(whole) - 1, 13):
        forge(folder, whole[:length])
        with pytest.raises(ArtifactMismatch):
            load_artifact(folder, schema=SCHEMA)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("unpickled",)


@pytest.mark.parametrize("byte", [0x00, 0x01, 0x98, 0xFF])
def test_an_archive_with_any_byte_forged_is_refused_or_read(folder, byte):
    whole = (folder / "arrays.npz").read_bytes()
    for place in range(len(whole)):
        with suppress(Refused):
            unpack_arrays(whole[:place] + bytes([byte]) + whole[place + 1 :], SCHEMA)


def test_pickled_objects_are_refused_and_never_run(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    objects = npy(np.array([Bomb(), Bomb()], dtype=object), pickles=True)
    forge(folder, archive_of([("weights.npy", objects), ("covariance.npy", npy(np.eye(2)))]))
    refused(folder, "Object arrays cannot be loaded")
    forge(folder, archive_of([("weights.npy", pickle.dumps(Bomb())), ("covariance.npy", b"")]))
    refused(folder, "is not an array|not an archive of arrays")
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([("../weights.npy", npy(np.zeros(2)))], "cannot be an array"),
        ([("/etc/weights.npy", npy(np.zeros(2)))], "cannot be an array"),
        ([("weights.txt", b"")], "cannot be an array"),
        ([("extra.npy", npy(np.zeros(2)))], "do not belong"),
        ([("weights.npy", npy(np.zeros(2))[:-1])], "not an archive of arrays"),
        ([("weights.npy", b"no header at all")], "'weights' is not an array"),
        ([("weights.npy", npy(np.zeros(2, dtype=">f8")))], "holds >f8"),
        ([("weights.npy", npy(np.zeros(3)))], "has shape"),
        ([("weights.npy", npy(np.zeros(2, dtype="U4")))], "holds"),
        ([("weights.npy", npy(np.full(2, np.inf)))], "not finite"),
        ([], "'weights' is missing"),
    ],
)
def test_what_the_code_does_not_expect_is_refused(folder, members, reason):
    forge(folder, archive_of([*members, ("covariance.npy", npy(np.eye(2)))]))
    refused(folder, reason)


def test_a_header_that_promises_a_huge_array_is_refused_before_memory_is_taken(folder):
    header = {"descr": "<f8", "fortran_order": False, "shape": (1 << 50,)}
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, header)
    forge(
        folder,
        archive_of([("weights.npy", content.getvalue()), ("covariance.npy", npy(np.eye(2)))]),
    )
    refused(folder, "not an archive of arrays")


def test_compressed_members_are_refused_so_nothing_can_unfold(folder):
    bomb = archive_of([("weights.npy", b"\0" * (64 << 20))], zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 17
    forge(folder, bomb)
    refused(folder, "compressed")


def test_a_member_twice_is_refused(folder):
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = archive_of([("weights.npy", npy(np.zeros(2)))] * 2)
    forge(folder, twice)
    refused(folder, "twice")


def test_files_larger_than_the_limit_are_not_read(folder, monkeypatch):
    monkeypatch.setattr(artifact, "MAX_ARRAYS_BYTES", 10)
    refused(folder, "larger than")


def test_a_newer_format_says_upgrade(folder):
    forge(folder, format_version=2)
    refused(folder, "upgrade")


def test_another_kind_an_older_and_a_newer_format_are_distinguished_with_the_remedy(folder):
    forge(folder, schema_version=2)
    refused(folder, "model format 2, and this program reads format 3 only.*decision-log train")
    forge(folder, schema_version=4)
    refused(folder, "model format 4, but this program reads format 3; upgrade with")
    forge(folder, schema="tree", schema_version=3)
    refused(folder, "it is a 'tree', where a 'logistic' is wanted")


def test_foreign_and_incomplete_folders_are_refused(tmp_path, folder):
    refused(tmp_path / "missing", "cannot be read")
    (folder / "note.txt").write_text("")
    refused(folder, "it holds")
    (folder / "note.txt").unlink()
    (folder / "manifest.json").write_text('{"format": "something else"}')
    refused(folder, "does not describe a model")
    (folder / "manifest.json").write_text("[" * 100_000)
    refused(folder, "not JSON")


def test_a_link_in_place_of_a_file_is_refused(folder, tmp_path):
    secret = tmp_path / "elsewhere"
    secret.write_bytes((folder / "arrays.npz").read_bytes())
    (folder / "arrays.npz").unlink()
    (folder / "arrays.npz").symlink_to(secret)
    refused(folder, "cannot be read")


def test_the_manifest_alone_can_be_read_and_is_checked(folder):
    assert read_manifest(folder)["schema"] == "logistic"
    (folder / "arrays.npz").write_bytes(b"")
    with pytest.raises(ArtifactMismatch, match="damaged"):
        read_manifest(folder)


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.lists(st.floats()), max_size=4)
)
def test_packing_is_deterministic_and_keeps_every_bit(arrays):
    plain = {name: np.array(values, dtype="<f8") for name, values in arrays.items()}
    packed = pack_arrays(plain)
    assert packed == pack_arrays(dict(reversed(plain.items())))
    with np.load(io.BytesIO(packed)) as found:
        assert {n: found[n].tobytes() for n in found} == {n: a.tobytes() for n, a in plain.items()}


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_packed_texts_come_back_the_same(texts):
    assert unpack_texts(*pack_texts(texts)) == tuple(texts)


def test_ends_that_do_not_fit_their_texts_are_refused():
    data, ends = pack_texts(["ab", "c"])
    for wrong in (ends[:-1], ends[::-1], ends + 1):
        with pytest.raises(ValueError, match="do not fit"):
            unpack_texts(data, wrong)
