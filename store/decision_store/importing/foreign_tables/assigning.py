"""Assignment of the columns of a foreign table to fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from decision_store.importing.batches import Kind
from decision_store.importing.foreign_tables.sheets import Sheet
from decision_store.importing.layouts import SHEET, Layout, fold_heading, layout
from decision_store.importing.log_tables.columns import FIELDS, plain_name
from decision_store.importing.options import ImportOptions, field_of
from decision_store.importing.understanding import ALLOWED, ANSWER, CONTEXT, FLAGGED, LEFT_OUT
from decision_store.number_formats import currency_code
from decision_store.vocabulary import LOST, WON, Vocabulary

_OWN = frozenset(each.name for fields in FIELDS.values() for each in fields)
# What a program's export may lack under its own headings and have under a common one.
_COMMON = ("timestamp", "amount", "currency", "occurred_at", "sender", "opportunity_source")
_MOST_WORDS = 200  # a column with more different texts is no status
_ANSWERS = frozenset(
    {
        "outcome_status",
        "outcome_type",
        "amount",
        "revenue_generated",
        "occurred_at",
        "won_at",
        "lost_at",
    }
    | {"is_won", "is_closed", "probability", "canceled", "no_show", "active", "lost_reason"}
)
_REPEATED = re.compile(r"(.+) \(([0-9]+)\)")  # as the reader names the second of two equal headings
_CURRENCY_WORDS = tuple(
    fold_heading(word)
    for word in ("currency", "währung", "devise", "moneda", "divisa", "moeda", "valuta")
)


@dataclass(slots=True)
class Assignment:
    """Roles of a table's columns.

    Parameters
    ----------
    roles : dict
        Field of the log or further role to the columns that hold it, the first one first.
    others : dict
        Every other column to what happens to it (`understanding`).
    """

    roles: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    def column(self, role: str) -> str | None:
        """Return the first column of a role."""
        return next(iter(self.roles.get(role, [])), None)

    def role_of(self, column: str) -> str | None:
        """Return the role of a column."""
        return next((role for role, names in self.roles.items() if column in names), None)


def assign(
    sheet: Sheet, found: Layout, options: ImportOptions, vocabulary: Vocabulary
) -> Assignment:
    """Assign the columns of a table to fields: what the user states, then the layout's headings."""
    result = Assignment()
    free = [name for name in sheet.columns if name.strip()]
    for name, target in options.mapping.items():
        if name not in free:
            continue
        free.remove(name)
        role = field_of(target)
        if role in {"", "context"}:
            result.others[name] = LEFT_OUT if not role else CONTEXT
        else:
            result.roles.setdefault(role, []).append(name)
    stated = set(result.roles) | set(options.constants)
    if not found.is_program:
        for name in list(free):
            role = plain_name(name)
            if role in _OWN and role not in stated:
                result.roles.setdefault(role, []).append(name)
                free.remove(name)
    _by_headings(result, free, found, stated, sheet, vocabulary)
    if found.is_program:
        common = layout(SHEET)
        for role in _COMMON:
            if role not in result.roles and role not in stated and found.rows != "payments":
                _take(result, free, role, _matching(free, common.columns[role], found)[:1])
    if "amount" in result.roles and "currency" not in result.roles and "currency" not in stated:
        _take(
            result, free, "currency", [name for name in free if _names_currencies(sheet, name)][:1]
        )
    for name in free:
        allowed = options.allows(name)
        use = ANSWER if _repeats_answer(name, result) else _rest(name, found, sheet)
        tells = use == CONTEXT and tells_states(sheet, name, vocabulary)
        result.others[name] = ALLOWED if allowed else FLAGGED if tells else use
    return result


def _by_headings(
    result: Assignment,
    free: list[str],
    found: Layout,
    stated: set[str],
    sheet: Sheet,
    vocabulary: Vocabulary,
) -> None:
    # A role that is filled takes no second heading, but the parts of a text belong together.
    order = ["outcome_status", *(role for role in found.columns if role != "outcome_status")]
    for role in order:
        if role not in found.columns or role in stated or role in result.roles:
            continue
        names = _matching(free, found.columns[role], found)
        if role == "outcome_status" and len(names) > 1:
            names = sorted(names, key=lambda name: -_share_of_states(sheet, name, vocabulary))
        if role in {"occurred_at", "won_at", "lost_at"} and found.is_program:
            _take(result, free, role, names)
        else:
            _take(result, free, role, names[:1])


def _matching(free: Sequence[str], headings: Sequence[str], layout_of_table: Layout) -> list[str]:
    """Return the free columns with these headings, in the order of the headings."""
    places = {heading: place for place, heading in enumerate(headings)}
    matches = []
    for name in free:
        known = [places[key] for key in layout_of_table.keys(name) if key in places]
        if known:
            matches.append((min(known), name))
    return [name for _, name in sorted(matches, key=lambda pair: pair[0])]


def _take(result: Assignment, free: list[str], role: str, names: list[str]) -> None:
    if names:
        result.roles[role] = names
        for name in names:
            free.remove(name)


def _rest(name: str, found: Layout, sheet: Sheet) -> str:
    keys = found.keys(name)
    if found.tells_answer(name):
        return ANSWER
    if not found.identity.isdisjoint(keys) or plain_name(name) in {"id", ""}:
        return LEFT_OUT
    if not found.flagged.isdisjoint(keys):
        return FLAGGED
    if found.is_program and _is_running_id(name, sheet):
        return LEFT_OUT
    return CONTEXT


def _repeats_answer(name: str, result: Assignment) -> bool:
    """Tell whether a heading stands in the file a second time, after one that says how a deal ended."""
    found = _REPEATED.fullmatch(name)
    return found is not None and result.role_of(found[1]) in _ANSWERS


def _names_currencies(sheet: Sheet, name: str) -> bool:
    """Tell whether a column such as ``value_currency`` says in which currency each amount is."""
    heading = fold_heading(name)
    if not any(word in heading for word in _CURRENCY_WORDS):
        return False
    texts = set(sheet.texts(name).values) - {""}
    return bool(texts) and all(currency_code(text) is not None for text in texts)


def _is_running_id(name: str, sheet: Sheet) -> bool:
    """An id of a program's other records tells nothing: another value on every row, and called so."""
    if not plain_name(name).endswith(("_id", "id_", ".id", "url", "link", "uuid")):
        return False
    counts = sheet.texts(name).counts()
    filled = sum(count for text, count in counts if text)
    return len({text for text, _ in counts if text}) > 0.9 * filled


def _share_of_states(sheet: Sheet, name: str, vocabulary: Vocabulary) -> float:
    """Return how many of a column's different texts are known words, more if won and lost occur."""
    words = sheet.texts(name).some_distinct(_MOST_WORDS + 1) - {""}
    if not words or len(words) > _MOST_WORDS:
        return 0.0
    states = [vocabulary.status(word) for word in words]
    known = sum(state is not None for state in states) / len(words)
    return known + (WON in states) + (LOST in states)


def tells_states(sheet: Sheet, name: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a column holds states of deals: known words, with won or lost among them."""
    return _share_of_states(sheet, name, vocabulary) >= 1.6


def kind_of_roles(assignment: Assignment, kind: Kind | None) -> tuple[bool, bool]:
    """Return whether decisions and whether outcomes are to be made from a table of deals."""
    ends = {"outcome_status", "is_won", "won_at", "lost_at", "canceled", "no_show", "active"}
    ends |= {"lost_reason", "customer_acquired", "deal_closed", "revenue_generated", "probability"}
    has_end = not ends.isdisjoint(assignment.roles)
    return kind is not Kind.OUTCOMES, has_end and kind is not Kind.DECISIONS
