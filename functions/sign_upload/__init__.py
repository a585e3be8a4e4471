"""`/u/{token}`: show a sender what arrived and what is missing."""
