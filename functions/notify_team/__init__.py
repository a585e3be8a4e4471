"""Sends the team one letter for each (inquiry, letter kind): what came, what is missing."""
