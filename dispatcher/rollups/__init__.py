"""Figures that are added up while deliveries are made, so that no page ever scans the ledgers."""

from dispatcher.rollups.collecting import Collector, Diary
from dispatcher.rollups.figures import Figures, percentile
from dispatcher.rollups.folding import BATCH, fold, prune
from dispatcher.rollups.reading import Bar, Window, bars, by_key, total

__all__ = [
    "BATCH",
    "Bar",
    "Collector",
    "Diary",
    "Figures",
    "Window",
    "bars",
    "by_key",
    "fold",
    "percentile",
    "prune",
    "total",
]
