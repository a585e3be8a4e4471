"""Every quarter of an hour: send an inquiry of nobody, and see what became of the one before."""
