"""Scoring of one file, by several processes where that pays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from decision_log.log import Log
from decision_log.predicting.ledger import load_predictions, stored_ids
from decision_log.predicting.shadow import FilePredictions
from decision_log.scoring.current_predictor import CurrentPredictor
from decision_log.scoring.helpers import helpers, scored_in_order
from decision_log.scoring.key_map import KeyMap
from decision_log.scoring.knowledge import current_knowledge
from decision_log.scoring.part import PartScorer, few_threads, parts
from decision_log.scoring.processes import worthwhile
from decision_log.scoring.reader import read_opportunities
from decision_log.scoring.scored_file import ScoredFile
from decision_log.scoring.unchanged import ScoredNotes
from decision_log.scoring.writer import score_to_file
from decision_log.written_scores import WrittenScores


def score_file(
    log: Log,
    current: CurrentPredictor,
    source: Path,
    target: Path,
    *,
    options: Mapping[str, str],
    keys: KeyMap,
    record: bool,
    jobs: int | None,
    top: int,
    progress: Callable[[int, int | None], None] | None,
    again: bool,
) -> ScoredFile:
    """Score a file into another one; see :meth:`OpportunityScorer.score_file`.

    Parameters
    ----------
    current : CurrentPredictor
        Of the log.
    options : mapping
        What the scores depend on beside input, log, model and settings; see `decision_log.scoring.state.options_of`.
    record : bool
        Whether predictions are kept.
    """
    notes = ScoredNotes(log, source, target, options)
    if not again and (unchanged := notes.unchanged(top)) is not None:
        return unchanged
    current.look_again()
    # The rates alone are faster than what another process needs is sent.
    number = jobs or (worthwhile(source) if current.may_have_model else 1)
    with helpers(number - 1) as helping:
        predictor = current.get()
        kept = _predictions(log, current) if record else None
        if helping:
            known = current_knowledge(log, current, kept.stored if kept else None)
            for one in helping:
                one.teach(known, keys)
        if target != log.settings.home.scored:
            WrittenScores(log.store).add(target)
        items = read_opportunities(source, envelope=keys.envelope)
        here = PartScorer(predictor, log.settings, keys, kept)
        with few_threads(predictor, len(items.items)):
            report, predictions = score_to_file(
                items,
                target,
                scored_in_order(parts(items), here, helping),
                version=predictor.version,
                tiers=[text for _, text in log.settings.tiers],
                now=datetime.now(UTC),
                top=top,
                progress=progress,
                columns=keys.of_items,
            )
    load_predictions(log.store, predictions)
    notes.note(report, listens=current.listens)
    return report


def _predictions(log: Log, current: CurrentPredictor) -> FilePredictions | None:
    """Make the collector of the predictions of a file."""
    if current.source is None:
        return None
    stored = partial(stored_ids, log.store)
    return FilePredictions(current.source, current.shadow, current.similar, stored)
