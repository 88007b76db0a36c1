"""Notices as the desks of brands and of users tell them (SC-7)."""

from typing import Any

import msgspec

from commonbook.brand.notices import Notice


class NoticeTold(msgspec.Struct, frozen=True):
    id: str
    kind: str
    subject: str
    details: dict[str, Any]
    account: str
    time_ns: str


def notices_told(found: list[Notice]) -> list[NoticeTold]:
    return [
        NoticeTold(str(one.id), one.kind, one.subject, one.details, str(one.account or ""), str(one.time_ns))
        for one in found
    ]
