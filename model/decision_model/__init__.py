"""What we infer: rates, revenue, time to close, and the trained model."""

from decision_model.inputs.evidence import Evidence
from decision_model.inputs.time_slices import TimeSlices
from decision_model.rates.model import RateModel
from decision_model.rates.prediction import CellRates, RatePrediction, confidence

__all__ = ["CellRates", "Evidence", "RateModel", "RatePrediction", "TimeSlices", "confidence"]
