"""Every minute: find what is due and unfinished, push it on, and ring where it is late."""
