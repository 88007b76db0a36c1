"""What the shared book is worth to a brand: a closed day with all others on it, and the same with its own orders alone.

    depth.py     depth and spread of a book, weighed by time
    orders.py    how much of its orders a brand gets filled, and how soon
    alone.py     a brand's own orders, replayed in an engine where nobody else is
    day.py       both, over a day of the journal
    report.py    what is told of it, kept as a file a day and brand
    picture.py   the same as a picture

Everything recomputes from the journal. Rules: docs/rules/liquidity.md.
"""
