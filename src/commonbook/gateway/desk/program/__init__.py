"""What anybody may know, without signing in."""

from commonbook.gateway.desk.program import announcements, brand, terms

ROUTES = [*brand.ROUTES, *terms.ROUTES, *announcements.ROUTES]
