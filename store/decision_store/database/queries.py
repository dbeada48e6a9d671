"""Named queries: the .sql files of the folder `queries`, with named parameters.

``{name}`` in a query stands for what several share, the file ``parts/name.sql``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "queries"
_COMMENT = re.compile(r"--[^\n]*")
_PART = re.compile(r"\{([a-z_]+)\}")
_PARAMETER = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Query:
    """A named question and the parameters it needs."""

    name: str
    file: Path
    sql: str
    parameters: frozenset[str]

    def bind(self, given: Mapping[str, object]) -> dict[str, object]:
        """Check the parameters and turn moments into what the database holds: naive UTC.

        Raises
        ------
        TypeError
            Naming the query, its file, and the parameter that is missing or not used.
        ValueError
            A moment without a zone.
        """
        if missing := sorted(self.parameters - given.keys()):
            raise TypeError(f"query {self.name!r} ({self.file.name}) needs ${', $'.join(missing)}")
        if unused := sorted(given.keys() - self.parameters):
            raise TypeError(
                f"query {self.name!r} ({self.file.name}) does not use ${', $'.join(unused)}"
            )
        return {name: self._value(name, value) for name, value in given.items()}

    def _value(self, name: str, value: object) -> object:
        if not isinstance(value, datetime):
            return value
        if value.tzinfo is None:
            raise ValueError(
                f"query {self.name!r}: ${name} must be an aware datetime, not {value!r}"
            )
        return value.astimezone(UTC).replace(tzinfo=None)


def bound(asked: Sequence[Query], parameters: Mapping[str, object]) -> list[dict[str, object]]:
    """Bind to each query the parameters that it uses; see `Query.bind`.

    Raises
    ------
    TypeError
        Also where none uses one of them.
    """
    used = frozenset[str]().union(*(query.parameters for query in asked))
    shares = [
        {
            name: value
            for name, value in parameters.items()
            if name in query.parameters or name not in used
        }
        for query in asked
    ]
    return [query.bind(share) for query, share in zip(asked, shares, strict=True)]


@cache
def find(name: str) -> Query:
    """Return the query of that name.

    Raises
    ------
    LookupError
        Naming the queries there are.

    Examples
    --------
    >>> sorted(find("cells").parameters)
    ['as_of']
    """
    file = FOLDER / f"{name}.sql"
    if not re.fullmatch("[a-z_]+", name) or not file.is_file():
        raise LookupError(f"no query {name!r}; there are {', '.join(names())}")
    return parse(file, file.read_text(encoding="utf-8"))


def table_of(parameter: str) -> str:
    """Return the name of the table that stands for a list which is given as a column."""
    return f"given_{parameter}"


def with_tables(sql: str, lists: Iterable[str]) -> str:
    """Let a query read these lists from tables: a column of a million ids is not bound value by value.

    Examples
    --------
    >>> with_tables("SELECT x FROM t WHERE x IN (SELECT unnest($ids))", ["ids"])
    'SELECT x FROM t WHERE x IN (SELECT ids FROM given_ids)'
    """
    for name in lists:
        table = f"SELECT {name} FROM {table_of(name)}"  # noqa: S608 - names of parameters
        sql = sql.replace(f"SELECT unnest(${name})", table)
    return sql


def parse(file: Path, text: str) -> Query:
    """Make a query of the text of its file, with the parts that it names."""
    whole = _PART.sub(
        lambda found: (FOLDER / "parts" / f"{found[1]}.sql").read_text(encoding="utf-8"),
        _COMMENT.sub("", text),
    )
    sql = _COMMENT.sub("", whole)
    return Query(file.stem, file, sql, frozenset(_PARAMETER.findall(sql)))


def names() -> list[str]:
    """Return the names of all queries."""
    return sorted(file.stem for file in FOLDER.glob("*.sql"))
