"""Double entry: every effect is an entry whose postings sum to zero for each asset."""
