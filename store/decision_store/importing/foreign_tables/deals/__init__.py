"""Tables of deals: rows that hold a decision and how it ended, as CRMs and spreadsheets write them."""

from __future__ import annotations

from decision_store.importing.foreign_tables.deals.dates import column_in_utc
from decision_store.importing.foreign_tables.deals.decisions import address_in, attribute_column
from decision_store.importing.foreign_tables.deals.outcomes import OUTCOME_TYPE
from decision_store.importing.foreign_tables.deals.states import about_word
from decision_store.importing.foreign_tables.deals.translate import Translated, translate_deals
from decision_store.importing.foreign_tables.deals.understood import about_encoding

__all__ = [
    "OUTCOME_TYPE",
    "Translated",
    "about_encoding",
    "about_word",
    "address_in",
    "attribute_column",
    "column_in_utc",
    "translate_deals",
]
