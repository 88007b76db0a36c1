"""OKX v5 on the wire. `codec` alone knows its spellings, `codes` is the one table of its error codes."""
