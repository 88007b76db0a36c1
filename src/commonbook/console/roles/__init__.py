"""What each process of a serving exchange does: a module a role, so that a process loads only what it needs.

The supervisor starts them as `python -m commonbook.console.roles.ROLE`; loading all of it in each would double the
time of a start.
"""
