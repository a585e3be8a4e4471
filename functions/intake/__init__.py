"""What two or more steps share: the inquiry, its contract and rules, pages, letters, HTTP."""
