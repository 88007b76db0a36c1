"""Clearing: what a fill means in money. Fees become claims, claims become postings, fills become volume."""
