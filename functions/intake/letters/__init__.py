"""Letters: how one is worded, and how it is claimed, sent and written down."""
