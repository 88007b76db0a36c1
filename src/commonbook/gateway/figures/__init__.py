"""Public figures for sites that list exchanges, in the two forms that these ask for: host-wide, or a brand's.

app      the routes, and what a request may cost
parts    what was traded, and a brand's part of it
forms    how it is written
"""
