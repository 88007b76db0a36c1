"""What anybody may know."""

from commonbook.gateway.desk.program import terms

ROUTES = [*terms.ROUTES]
