"""Answers to outcomes to quality, without a model."""
