"""The host's terms: for partners, brokers and its own staff."""

from commonbook.gateway.desk import texts

ROUTES = [*texts.ROUTES]
