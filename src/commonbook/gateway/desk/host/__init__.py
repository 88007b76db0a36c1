"""What the host's people do."""

from commonbook.gateway.desk import administration, users
from commonbook.gateway.desk.host import brands

ROUTES = [*administration.ROUTES, *users.ROUTES, *brands.ROUTES]
