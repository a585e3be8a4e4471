"""Writes down what became of each letter, as SES reports it, and has failed ones told elsewhere."""
