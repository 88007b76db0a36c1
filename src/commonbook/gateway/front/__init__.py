"""What a browser finds at a brand's address: its first page, its logo, its style; and the proofs of its domains.

It names the brand and nobody else. Rules BR-14 and BR-15.
"""
