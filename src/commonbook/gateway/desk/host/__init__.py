"""What the host's people do."""

from commonbook.gateway.desk import administration

ROUTES = [*administration.ROUTES]
