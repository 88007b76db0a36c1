"""The OpenAPI documents of all doors as one JSON object, for `npm run types`."""

import os
import sys

import msgspec

from commonbook.gateway.desk.app import DESKS, FORMS, PAGES, desk_app
from commonbook.gateway.desk.document import document
from commonbook.gateway.reference.app import documents
from commonbook.settings import load_settings

found = {"okx": documents(load_settings(None, os.environ), "Exchange")["openapi"]}
for prefix in DESKS:
    if prefix not in PAGES | FORMS and prefix.endswith("/v1"):
        found[prefix.split("/")[1]] = document(desk_app(prefix))
sys.stdout.buffer.write(msgspec.json.encode(found))
