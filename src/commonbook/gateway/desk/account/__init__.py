"""A user's own: sign-up, login, second factors, sessions, keys, profile, terms, level. Rules: docs/rules/people.md.

Everything here is about the user who asks; who is not signed in yet is at the brand whose address was asked.
"""

from commonbook.gateway.desk.account import (
    brokers,
    consent,
    demo,
    email,
    entry,
    erase,
    factors,
    grants,
    inbox,
    invitation,
    keys,
    level,
    profile,
    recovery,
    sessions,
    terms,
    trading,
)

ROUTES = [
    *entry.ROUTES,
    *factors.ROUTES,
    *sessions.ROUTES,
    *recovery.ROUTES,
    *email.ROUTES,
    *keys.ROUTES,
    *grants.ROUTES,
    *brokers.ROUTES,
    *profile.ROUTES,
    *invitation.ROUTES,
    *consent.ROUTES,
    *erase.ROUTES,
    *terms.ROUTES,
    *level.ROUTES,
    *trading.ROUTES,
    *inbox.ROUTES,
    *demo.ROUTES,
]
