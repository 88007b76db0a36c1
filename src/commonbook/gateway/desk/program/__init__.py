"""What anybody may know."""

from commonbook.gateway.desk.program import announcements, terms

ROUTES = [*terms.ROUTES, *announcements.ROUTES]
