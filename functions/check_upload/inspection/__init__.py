"""Looks into files. Runs in the child process alone, which holds no credentials."""
