"""The doors: clients' protocols in, command records out, and answers from events and history."""
