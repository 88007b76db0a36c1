"""Fault suites: the exchange against things that must stay true.

One door: `python -m commonbook.qa SUITE --tier fast|full|soak --seed N --report FILE`. The naive exchange of `referee`
is the oracle, `workload` makes the commands, `plain` translates records to and from what the referee speaks.
"""
