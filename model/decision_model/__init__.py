"""What we infer: rates, revenue, time to close, and the trained model."""

from decision_model.rates.evidence import Evidence
from decision_model.rates.forgetting import TimeSlices
from decision_model.rates.model import CellRates, RateModel, RatePrediction, confidence

__all__ = ["CellRates", "Evidence", "RateModel", "RatePrediction", "TimeSlices", "confidence"]
