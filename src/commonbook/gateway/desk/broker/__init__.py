"""Brokers, and who would be one: the program for everybody, applications, a broker's own, its tier, tree and lines.

Rules BE-1 to BE-13, BT-1 to BT-20, SB-1 to SB-12, BL-1 to BL-22, BP-15.
"""

from commonbook.gateway.desk.broker import (
    applications,
    history,
    own,
    page,
    program,
    statements,
    tiers,
    tree,
    webhooks,
    what_if,
)

ROUTES = [
    *program.ROUTES,
    *applications.ROUTES,
    *own.ROUTES,
    *tiers.ROUTES,
    *tree.ROUTES,
    *history.ROUTES,
    *statements.ROUTES,
    *what_if.ROUTES,
    *webhooks.ROUTES,
]
PAGES = [*page.ROUTES]
