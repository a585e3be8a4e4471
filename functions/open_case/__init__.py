"""`/cases`: staff look at inquiries, open their files and decide what becomes of them."""
