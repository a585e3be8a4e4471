"""Writes to the sender in their language: a reference, counts and one link, no more."""
