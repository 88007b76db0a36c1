"""What the host's people do."""

from commonbook.gateway.desk import administration, users
from commonbook.gateway.desk.host import clearing

ROUTES = [*administration.ROUTES, *users.ROUTES, *clearing.ROUTES]
