"""Every day: tell each form's team how many inquiries wait in quarantine, if any do."""
