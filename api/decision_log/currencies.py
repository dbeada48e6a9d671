"""The one currency of a log: from log, settings and options, before and after an import."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from decision_log.settings import Settings, SettingValue
from decision_store.importing import History, ImportOptions
from decision_store.importing.options import InvalidOption
from decision_store.importing.understanding import Question
from decision_store.number_formats import currency_code
from decision_store.store import Store
from decision_store.vocabulary import WON


def currency_of(store: Store, settings: Settings) -> LogCurrency:
    """Return what is known about the currency of a log."""
    return LogCurrency.of(store, settings.values.get("currency"), ImportOptions())


@dataclass(frozen=True, slots=True)
class LogCurrency:
    """What is known about the currency of a log before a file is read.

    Parameters
    ----------
    code : str, optional
        Kept by the log, stated by an option, or set; in this order.
    assumed : str, optional
        Where there is no code: the default, if the log holds amounts already.
    """

    code: str | None
    assumed: str | None

    @classmethod
    def of(cls, store: Store, setting: SettingValue | None, options: ImportOptions) -> LogCurrency:
        """Find the currency of a log.

        Raises
        ------
        InvalidOption
            Option or setting differ from what the log keeps.
        """
        kept = store.currency
        stated = currency_code(options.currency) if options.currency else None
        is_set = setting is not None and setting.source != "default"
        chosen = setting.value if setting is not None and is_set else None
        if kept and stated and stated != kept:
            raise InvalidOption("--currency", stated, _differs(stated, kept))
        if kept and chosen and chosen != kept and setting is not None:
            raise InvalidOption(
                "currency", chosen, f"in the settings ({setting.source}) {_differs(chosen, kept)}"
            )
        code = kept or stated or chosen
        if code or setting is None:
            return cls(code, None)
        (amounts,) = store.ask("amounts", decision_id="").to_pylist()
        return cls(None, setting.value if amounts["amounts"] else None)

    def applied(self, options: ImportOptions) -> ImportOptions:
        """Return the options with the currency in which amounts are wanted."""
        code = self.code or (self.assumed if options.rates else None)
        return replace(options, currency=code) if code else options

    def asking(self, history: History) -> History:
        """Add the question that is left where the files name another currency than log or other files."""
        named = _named(history)
        if self.code or not named:
            return history
        first = next(iter(named))
        others = [code for code in named if code != (self.assumed or first)]
        understood = list(history.understood)
        for place, each in enumerate(understood):
            if others and each.currency == others[0]:
                question = self._question(each.path, first, others[0])
            elif not others and not self.assumed and not each.currency and each.states.get(WON):
                text = f"its amounts name no currency, and those of other files are in {first}"
                question = Question(each.path, text, f"--currency {first}", acceptable=True)
            else:
                continue
            understood[place] = replace(each, questions=(*each.questions, question))
            return replace(history, understood=tuple(understood))
        return history

    def after(self, history: History) -> str | None:
        """Return the currency of the log once these files are imported."""
        return self.code or next(iter(_named(history)), None)

    def _question(self, path: Path, first: str, other: str) -> Question:
        if self.assumed:
            return Question(
                path,
                f"amounts are in {other}, and those in the log count as {self.assumed}",
                f"--rate {other}=…, or --currency {other} if those in the log are in {other}, too",
                target=("rates", other),
            )
        return Question(
            path,
            f"amounts are in {other}, those of another file in {first}, and a log has one currency",
            f"--currency {first} --rate {other}=…",
            target=("rates", other),
        )


def check_kept(kept: str, wanted: str) -> None:
    """Refuse to write where another process has just named another currency.

    Raises
    ------
    InvalidOption
        The log's currency is another one now.
    """
    if kept != wanted:
        raise InvalidOption("the currency of the import", wanted, _differs(wanted, kept))


def _named(history: History) -> dict[str, None]:
    return dict.fromkeys(each.currency for each in history.understood if each.currency)


def _differs(code: str, kept: str) -> str:
    return (
        f"is {code}, but the amounts in the log are in {kept}; "
        f"convert those in {code} with --rate {code}=…"
    )
