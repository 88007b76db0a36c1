"""What a user does about what is their own."""

from commonbook.gateway.desk.account import level, terms

ROUTES = [*terms.ROUTES, *level.ROUTES]
