"""Coverage-guided fuzzing of everything that reads files of others: each input must end in an answer or one message.

    pip install atheris
    python benchmarks/fuzz.py artifact --minutes 10
    python benchmarks/fuzz.py --list

Anything but an error of ours (`DecisionLogError`) is printed with the input that leads to it, and ends the run. The
number of inputs stands in the last line of libFuzzer ("Done N runs").
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["decision_store", "decision_model", "decision_log", "decision_features"]
):
    from decision_features import OpportunityFrame
    from decision_log import DecisionLog
    from decision_log.predicting.champion import load_model
    from decision_log.scoring.reader import read_opportunities
    from decision_model.artifacts import artifact
    from decision_store import Store
    from decision_store.errors import DecisionLogError
    from decision_store.journal.append import line

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "tests" / "data" / "models" / "format-5"
WORK = Path(tempfile.mkdtemp(prefix="fuzz-"))
ITEMS = [
    {"type": "coaching", "source": "email", "score": 50, "content": "a budget", "sender": "s3"},
    {},
]


def fuzz_artifact(data: bytes) -> None:
    """Forge a model with right checksums: other arrays, or other entries of the manifest."""
    home = WORK / "model"
    if not home.exists():
        shutil.copytree(MODEL, home)
    version = json.loads((MODEL / "expected.json").read_text())["version"]
    source = MODEL / "artifacts" / "models" / version
    folder = home / "artifacts" / "models" / version
    manifest = json.loads((source / artifact.MANIFEST).read_text())
    arrays = (source / artifact.ARRAYS).read_bytes()
    if data[:1] < b"\x80":
        place = int.from_bytes(data[1:4], "little") % len(arrays)
        arrays = arrays[:place] + data[4:] + arrays[place + len(data[4:]) :]
    else:
        try:
            forged = json.loads(data[1:])
        except (ValueError, RecursionError):
            return
        if not isinstance(forged, dict):
            return
        inner = forged.pop("model", {})
        manifest |= forged
        manifest["model"] = manifest["model"] | inner if isinstance(inner, dict) else inner
    manifest["sha256"] = {"arrays": artifact.hashlib.sha256(arrays).hexdigest()}
    try:
        manifest["sha256"]["manifest"] = artifact._manifest_hash(manifest)
    except ValueError:
        return  # NaN cannot be hashed
    (folder / artifact.ARRAYS).write_bytes(arrays)
    (folder / artifact.MANIFEST).write_text(json.dumps(manifest))
    model = load_model(home / "artifacts" / "models", version)
    model.predict(OpportunityFrame.from_opportunities(ITEMS))


def fuzz_opportunities(data: bytes) -> None:
    """Read a file of opportunities."""
    kind = (".json", ".jsonl", ".csv", ".parquet")[data[0] % 4 if data else 0]
    path = WORK / f"opportunities{kind}"
    path.write_bytes(data[1:])
    read_opportunities(path)


def fuzz_import(data: bytes) -> None:
    """Prepare the import of a file, as ``import --dry-run`` does."""
    kinds = (".csv", ".json", ".jsonl", ".parquet", ".xlsx", ".sqlite", ".txt")
    path = WORK / f"history{kinds[data[0] % len(kinds) if data else 0]}"
    path.write_bytes(data[1:])
    with DecisionLog(home=WORK / "log") as log:
        log.import_history([path], dry_run=True)


def fuzz_journal(data: bytes) -> None:
    """Fold a journal file of any content, or of any lines with right checksums."""
    if data[:1] >= b"\x80":
        data = b"".join(map(line, data[1:].splitlines()))
    home = WORK / "journal"
    shutil.rmtree(home, ignore_errors=True)
    with Store(home / "log.duckdb") as store:
        store.journal_folder.mkdir(parents=True)
        (store.journal_folder / "00000000000000000001-1-00000000.v2.jl").write_bytes(data)
        store.fold()
        store.status()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "artifact": fuzz_artifact,
    "opportunities": fuzz_opportunities,
    "import": fuzz_import,
    "journal": fuzz_journal,
}

SEEDS = {
    "artifact": [
        b"\x80" + json.dumps({"model": {"spread": -1.0, "types": ["a"]}, "pool": {}}).encode()
    ],
    "opportunities": [
        b"\x00" + json.dumps({"opportunities": [{"id": "1", "type": "a", "score": 5}]}).encode(),
        b"\x01" + b'{"type": "a"}\n{"type": "b"}\n',
        b"\x02id,type,score\n1,a,5\n",
    ],
    "import": [
        b'\x00Deal,Stage,Amount,Created,Closed\nA,Closed Won,"1,200.50",2026-01-02,03/04/2026\n',
        b"\x01" + b'[{"decision_id": "d1", "opportunity_type": "a", "timestamp": "2026-01-02"}]',
    ],
    "journal": [
        b'0badc0de {"kind":"decision","at":"2026-01-01","record":{}}\n',
        b'\x8012 {"at":1,"kind":"decision","load":true,"record":{"decision_id":"a","timestamp":"2026-01-01"}}\n',
        b'\x80{"at":1,"kind":"segment","record":{"file":"a.arrow","table_kind":"decision","rows":1,"sha256":""}}',
    ],
}


def _one(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        try:
            target(data)
        except DecisionLogError as error:
            if not str(error):
                raise

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="list the targets")
    options = parser.parse_args()
    if options.list or options.target is None:
        print("\n".join(f"{name}: {target.__doc__}" for name, target in TARGETS.items()))
        return
    corpus = WORK / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS[options.target]):
        (corpus / str(number)).write_bytes(seed)
    flags = [
        f"-max_total_time={int(60 * options.minutes)}",
        f"-seed={options.seed}",
        "-max_len=2000",
        "-rss_limit_mb=3000",
        f"-artifact_prefix={WORK}/",
    ]
    try:
        atheris.Setup([sys.argv[0], *flags, str(corpus)], _one(TARGETS[options.target]))
        atheris.Fuzz()
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    main()
