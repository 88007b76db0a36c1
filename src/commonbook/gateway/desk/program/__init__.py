"""What anybody may know, without signing in."""

from commonbook.gateway.desk.program import brand

ROUTES = [*brand.ROUTES]
