"""Bodies from strangers, read into answers: strict JSON, and the fields of a posted form."""
