"""Who is asking: API keys, what they may do, and the proof that a request is theirs."""
