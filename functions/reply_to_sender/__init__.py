"""Sends the sender a receipt in their language: a reference, counts and one link."""
