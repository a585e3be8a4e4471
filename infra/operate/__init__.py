"""What an operator does by hand: see what is late, redrive dead letters, rebuild queues."""
