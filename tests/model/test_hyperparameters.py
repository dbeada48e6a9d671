"""The tables of hyperparameters are complete and agree with the constants."""

from __future__ import annotations

from types import ModuleType

import pytest

from decision_features import hyperparameters as features
from decision_model import hyperparameters as model

ORIGINS = {"JUDGEMENT", "SHOWN", "SIMULATED", "HALF_OF_SETS", "COVERAGE", "TABLE"}


@pytest.mark.parametrize("module", [features, model])
def test_every_constant_is_declared_once_under_its_own_name_with_its_own_value(
    module: ModuleType,
) -> None:
    declared = {one.name: one.value for one in module.TABLE}
    constants = {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and len(name) > 1 and name not in ORIGINS
    }
    assert declared == constants
    assert len(module.TABLE) == len(constants)


@pytest.mark.parametrize("module", [features, model])
def test_every_constant_tells_unit_reason_and_origin(module: ModuleType) -> None:
    assert all(one.unit and len(one.why) > 3 and one.origin for one in module.TABLE)
