"""A brand's ways out and in: it leaves with all that is its own, and a team arrives with the users it has.

    consent.py    each user's word on the transfer of their data
    sets.py       what there is to export, one set of rows after the other
    export.py     writes them into a folder, with a manifest
    checking.py   whether a folder is complete and its sums are right
    jobs.py       exports that were asked for at the desk
    arrival.py    users of an existing base: read, checked, made, invited

What a brand's users may still do while it goes: `brand/states.py`. Rules: docs/rules/leaving.md.
"""
