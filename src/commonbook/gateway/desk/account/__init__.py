"""What a user does about what is their own."""

from commonbook.gateway.desk.account import terms

ROUTES = [*terms.ROUTES]
