"""Assets at the host's desk, and splitting a token: asked for by one user, approved by another. Rule SP-10."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from commonbook.administration.approvals import Approval
from commonbook.administration.roles import May
from commonbook.brand import splits
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.administration import ApprovalTold, told
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.parties import nobody


class NewSplit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`numerator` new units for `denominator` old ones; the new asset is made where it is not there."""

    asset: str
    new_asset: str
    numerator: int
    denominator: int


class AssetTold(msgspec.Struct, frozen=True):
    asset: str
    scale: int  # decimals that an amount may have
    instruments: list[str]  # that it is a side of
    new_asset: str  # what it has become by a split; empty: it was not split
    numerator: int
    denominator: int
    split_ns: str


@get("/assets", needs=May.LOOK)
async def all_assets(asked: Asking) -> list[AssetTold]:
    """Every asset of the venue, with what a split has made of it."""
    venue = asked.desk.venue
    told = []
    for asset in list(venue.assets.values()):
        split = venue.splits.get(asset.id)
        traded = [one.name for one in list(venue.instruments.values()) if asset.id in (one.base.id, one.quote.id)]
        told.append(
            AssetTold(
                asset=asset.name,
                scale=asset.scale,
                instruments=traded,
                new_asset=venue.assets[split.new_asset].name if split else "",
                numerator=split.numerator if split else 0,
                denominator=split.denominator if split else 0,
                split_ns=str(split.time_ns) if split else "",
            )
        )
    return sorted(told, key=lambda one: one.asset)


@post("/splits", needs=May.MARKETS, fresh=True, status_code=200)
async def ask_for_split(asked: Asking, data: JSONBody[NewSplit]) -> ApprovalTold:
    """Ask for a split; its instruments are halted and empty by then. Another user of the host must say yes, too."""
    payload = msgspec.to_builtins(data)
    await _checked(asked.desk, payload)
    return told(await acts.ask_for(asked, "split", payload))


async def _checked(desk: Desk, payload: dict[str, Any]) -> splits.Wanted:
    venue = desk.venue
    found = splits.wanted(venue, **payload)
    used = splits.named_by(desk.settings) | await desk.read(lambda connection: splits.staked(connection, venue))
    splits.must_be_told_nowhere_else(venue, found.old, used)
    return found


@acts.register("split", May.MARKETS, nobody)
async def _split(desk: Desk, approval: Approval) -> dict[str, Any]:
    """Once, however often it is carried out: the approval's key is the split's."""
    key = approval.key.encode()
    done = next((one for one in desk.venue.splits.values() if one.key == key), None)
    if done is None:
        found = await _checked(desk, approval.payload)
        await desk.command(splits.split_commands(desk.venue, found, key), 0)
        done = desk.venue.splits[found.old.id]
    return {"asset": done.asset, "new_asset": done.new_asset, "sequence": str(done.sequence)}


ROUTES = [all_assets, ask_for_split]
