"""A fitted rate model as bytes, and back: JSON, and the arrays one behind the other; nothing is unpickled.

The bytes are for a cache that the same version of the program reads: they are no format to exchange.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from decision_model.delays.posterior import DelayPosterior
from decision_model.inputs.evidence import Evidence
from decision_model.inputs.senders import SenderSums
from decision_model.inputs.time_slices import TimeSlices
from decision_model.rates.additive import Effects, Factor, Layout
from decision_model.rates.averaged import AveragedRates
from decision_model.rates.forgetting import Forgetting
from decision_model.rates.model import RateModel
from decision_model.rates.new_pairs import pairs_without_cell
from decision_model.rates.nodes import Nodes
from decision_model.rates.partial_pooling import PooledRates
from decision_model.rates.pending import OpenShares
from decision_model.rates.prediction import RatePrediction
from decision_model.rates.revenue import RevenueModel

_CLASSES: Mapping[str, type] = {
    one.__name__: one
    for one in (
        AveragedRates, DelayPosterior, Effects, Evidence, Factor, Forgetting, Layout, Nodes, OpenShares, PooledRates,
        RatePrediction, RevenueModel, SenderSums, TimeSlices,
    )
}  # fmt: skip

_MADE_AGAIN = frozenset({"_cell_index", "_lock", "_means", "_row_of", "_rows"})
"""Parts of a rate model that follow from the others, or grew with the questions asked."""

_WITHOUT_CELL = "without_cell"
"""Part of the stored form: predictions of the pairs that are no cells, so that a reader integrates nothing."""


def pack(model: RateModel) -> bytes:
    """Return a fitted model as bytes; equal models give equal bytes."""
    writer = _Writer()
    late = {
        "_cells": model.cells,
        "_level_shift": model.level_shift,
    }  # worked out now at the latest
    values = {name: getattr(model, name) for name in RateModel.__slots__ if name not in _MADE_AGAIN}
    values |= late | {_WITHOUT_CELL: _without_cell(model)}
    tree = ["c", "RateModel", {name: writer.tree(value) for name, value in values.items()}]
    if any(array.dtype.hasobject for array in writer.arrays):
        raise TypeError("an array of objects is no part of a rate model")
    shapes = [[array.dtype.str, list(array.shape)] for array in writer.arrays]
    head = json.dumps({"tree": tree, "arrays": shapes}, separators=(",", ":")).encode()
    return b"\n".join([head, b"".join(array.tobytes() for array in writer.arrays)])


def unpack(data: bytes) -> RateModel:
    """Return the model that `pack` was given.

    Raises
    ------
    ValueError
        The bytes are damaged, or another version of the program wrote them.
    """
    try:
        end = data.index(b"\n")
        head = json.loads(data[:end])
        kind, name, parts = head["tree"]
        arrays = _arrays(data, end + 1, head["arrays"])
        model: RateModel = {"c RateModel": _Reader(arrays).model}[f"{kind} {name}"](parts)
    except Exception as error:  # whatever damaged bytes lead to
        raise ValueError(f"no fitted rates can be read: {error}") from error
    return model


def _without_cell(model: RateModel) -> RatePrediction:
    """Return the predictions of `pairs_without_cell`, in their order."""
    pairs = pairs_without_cell(model._layout, model._cell_index)
    places = np.array(model._rows_of_new(pairs), dtype=np.intp)
    return (model.cells if model._rows is None else model._rows).take(places)


def _arrays(data: bytes, start: int, shapes: list[tuple[str, list[int]]]) -> list[Any]:
    """Read arrays of these types and shapes that stand one behind the other."""
    arrays = []
    for kind, shape in shapes:
        dtype, count = np.dtype(kind), math.prod(shape)
        if dtype.hasobject:
            raise ValueError("an array of objects is no part of a rate model")
        found = np.frombuffer(data, dtype, count, start) if count else np.empty(0, dtype)
        arrays.append(found.reshape(shape).copy())
        start += dtype.itemsize * count
    if start != len(data):
        raise ValueError("the arrays are not as long as they should be")
    return arrays


def _parts(value: Any) -> dict[str, Any]:
    """Return what an object of one of the classes is made of, by name."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


class _Writer:
    """Turns values into what JSON can hold; an array or object that occurs twice is written once."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self._known: dict[int, int] = {}
        self._objects: list[Any] = []

    def tree(self, value: Any) -> Any:
        """Return a value for JSON: a list with a letter for its kind first, or itself."""
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if id(value) in self._known:
            return ["r", self._known[id(value)]]
        found = self._tree(value)
        self._known[id(value)] = len(self._objects)
        self._objects.append(value)  # kept, so that no other object gets its id
        return found

    def _tree(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            self.arrays.append(value)
            return ["a", len(self.arrays) - 1]
        if isinstance(value, np.generic):
            return ["s", value.item()]
        if isinstance(value, tuple):
            return ["t", [self.tree(one) for one in value]]
        if isinstance(value, dict):
            return ["d", [[self.tree(key), self.tree(one)] for key, one in value.items()]]
        name = type(value).__name__
        if _CLASSES.get(name) is not type(value):
            raise TypeError(f"{name} is no part of a rate model")
        return ["c", name, {part: self.tree(one) for part, one in _parts(value).items()}]


class _Reader:
    """The way back."""

    def __init__(self, arrays: list[Any]) -> None:
        self._arrays = arrays
        self._objects: list[Any] = []
        self._of: Mapping[str, Callable[..., Any]] = {
            "a": lambda place: self._arrays[place],
            "s": lambda value: value,
            "t": lambda values: tuple(self.value(one) for one in values),
            "d": lambda pairs: {self.value(key): self.value(one) for key, one in pairs},
            "c": self._object,
        }

    def value(self, tree: Any) -> Any:
        """Return the value of a tree."""
        if not isinstance(tree, list):
            return tree
        kind, *rest = tree
        if kind == "r":
            return self._objects[rest[0]]
        found = self._of[kind](*rest)
        self._objects.append(found)
        return found

    def _object(self, name: str, parts: Mapping[str, Any]) -> Any:
        return _CLASSES[name](**{part: self.value(one) for part, one in parts.items()})

    def model(self, parts: Mapping[str, Any]) -> RateModel:
        """Return the rate model of these parts."""
        values = {part: self.value(one) for part, one in parts.items()}
        others = values.pop(_WITHOUT_CELL)
        if set(values) != set(RateModel.__slots__) - _MADE_AGAIN:
            raise ValueError("a rate model has other parts")
        model = RateModel.__new__(RateModel)
        for part, value in values.items():
            setattr(model, part, value)
        evidence: Evidence = values["_evidence"]
        pairs = zip(evidence.types, evidence.sources, strict=True)
        model._cell_index = {pair: place for place, pair in enumerate(pairs)}
        without_cell = pairs_without_cell(values["_layout"], model._cell_index)
        if len(without_cell) != len(others.mean):
            raise ValueError("the pairs that are no cells are others")
        names = [*model._cell_index, *without_cell]
        model._row_of = {pair: place for place, pair in enumerate(names)}
        model._rows, model._means = values["_cells"].extended(others), None
        model._lock = threading.RLock()
        return model
