"""What a brand's team does: everything here is about the brand of who asks."""

from commonbook.gateway.desk import administration, users

ROUTES = [*administration.ROUTES, *users.ROUTES]
