"""How a brand and the host are run: roles, four eyes on what moves money or opens a market, and the log of it all.

Brand 0 stands for the host. Rules: docs/rules/administration.md.
"""
