"""Forecasts what a small web shop will sell. Standard library only."""
