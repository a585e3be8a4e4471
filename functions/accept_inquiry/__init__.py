"""`POST /f/{form}`: check what a form posts, and store it or refuse it whole."""
