"""Pages as HTML, without a script: the form, the sender's own page, and messages."""
