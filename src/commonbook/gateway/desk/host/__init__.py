"""What the host's people do."""

from commonbook.gateway.desk import administration, users

ROUTES = [*administration.ROUTES, *users.ROUTES]
