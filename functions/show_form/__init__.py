"""`GET /f/{form}`: show a form as plain HTML."""
