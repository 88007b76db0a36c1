"""The program for everybody: the two models row by row, the questions, the contract. Rules BE-1, BE-4 and BE-9."""

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy import Connection

from commonbook.broker import conditions, fixed
from commonbook.broker.agreed import API
from commonbook.brokerage import applications, attestations, pages, questionnaire
from commonbook.brokerage.contracts import CONTRACTS
from commonbook.brokerage.model import AttestationKind, Business, Models
from commonbook.brokerage.words import language_of, say
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.broker.told import ContractText, contract_text
from commonbook.gateway.desk.broker.who import hour_now
from commonbook.gateway.desk.needs import Needs
from commonbook.terms.rules import hash_of

_LOGO_SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "public, max-age=86400, immutable",
}


class Row(msgspec.Struct, frozen=True):
    name: str
    feature: str
    api: str
    oauth: str


class QuestionTold(msgspec.Struct, frozen=True):
    """In words, and as what a page that speaks more languages makes them of."""

    code: str
    question: str
    answer: str
    points: list[str]
    point_codes: list[str]
    values: dict[str, str]  # which the words speak of


class SecurityQuestion(msgspec.Struct, frozen=True):
    name: str  # the field in which it is answered
    question: str


class Program(msgspec.Struct, frozen=True):
    """What is asked of who applies, and what is promised for how long."""

    models: list[Models]
    businesses: list[Business]
    fields: list[str]  # that every application tells
    security: list[SecurityQuestion]
    paper_kinds: list[str]
    papers: int
    paper_bytes: int
    wished_codes: int
    redirect_urls: int
    addresses: int
    requests_per_s: int
    attestation_days: int
    certificate_days: int
    warning_days: int
    contract: int | None  # the newest version


class Statement(msgspec.Struct, frozen=True):
    kind: AttestationKind
    hash: str
    text: str
    days: int  # so long it counts


@get("/models", needs=Needs.NOBODY)
async def models(asked: Asking) -> list[Row]:
    """The two ways to be a broker, row by row."""
    rows = pages.comparison(language_of("", asked.language))
    return [Row(one.name, one.feature, one.api, one.oauth) for one in rows]


@get("/questions", needs=Needs.NOBODY)
async def questions(asked: Asking) -> list[QuestionTold]:
    """What everybody asks, answered by what is in force."""
    told = await values_now(asked)
    values = pages.values_of(told)
    return [
        QuestionTold(one.code, one.asked, one.answer, list(one.points), list(one.point_codes), values)
        for one in pages.questions(language_of("", asked.language), told)
    ]


async def values_now(asked: Asked) -> pages.Told:
    """What is in force now, as the page says it."""
    settings, program = asked.desk.settings.brokerage, asked.desk.settings.broker
    asset = asked.desk.venue.asset_named(program.payout_asset)
    hour = hour_now(asked.desk)
    conditions_now = await asked.desk.read(lambda connection: conditions.in_force(connection, API, hour, program))
    kept = await asked.desk.read(lambda connection: fixed.in_hour(connection, API, hour, program))
    minimum = kept.minimum_payout_minor
    return pages.Told(
        exchange=_exchange(asked),
        asset=program.payout_asset,
        minimum=str(minimum) if asset is None else asset.format(minimum),
        excluded_level=conditions_now.excluded_from_level,
        requests=settings.least_requests_per_s,
        attestation_days=settings.attestation_days,
        warning_days=settings.warning_days,
    )


def _exchange(asked: Asked) -> str:
    """What the exchange calls itself at the address that was asked; at a brand's nothing tells that there is a host."""
    brand = asked.brand_of_host
    return asked.desk.settings.partnership.host_name if brand is None else asked.desk.hosts.document(brand.id).title


@get("/program", needs=Needs.NOBODY)
async def program(asked: Asking) -> Program:
    """What is asked of who applies."""
    settings, language = asked.desk.settings.brokerage, language_of("", asked.language)
    texts = await asked.desk.read(CONTRACTS.all_texts)
    return Program(
        models=list(Models),
        businesses=list(Business),
        fields=list(questionnaire.FIELDS),
        security=[SecurityQuestion(one, say(language, f"security-{one}")) for one in questionnaire.SECURITY],
        paper_kinds=list(questionnaire.PAPER_KINDS),
        papers=settings.papers,
        paper_bytes=settings.paper_bytes,
        wished_codes=settings.wished_codes,
        redirect_urls=settings.redirect_urls,
        addresses=settings.addresses,
        requests_per_s=settings.least_requests_per_s,
        attestation_days=settings.attestation_days,
        certificate_days=settings.certificate_days,
        warning_days=settings.warning_days,
        contract=texts[-1].version if texts else None,
    )


@get("/contract", needs=Needs.NOBODY)
async def contract(asked: Asking) -> ContractText:
    """The newest contract, which both sides accept by its hash."""
    return contract_text(await asked.desk.read(CONTRACTS.newest))


@get("/attestations", needs=Needs.NOBODY)
async def statements(asked: Asking) -> list[Statement]:
    """What a broker attests to, in the language that was asked for."""
    language, days = language_of("", asked.language), asked.desk.settings.brokerage.attestation_days
    texts = [(kind, attestations.statement(kind, language)) for kind in AttestationKind]
    return [Statement(kind, hash_of(text), text, days) for kind, text in texts]


@get("/logos/{logo_hash:str}", needs=Needs.NOBODY)
async def logo(asked: Asking, logo_hash: FromPath[str]) -> Response[bytes]:
    """The picture of a broker; a browser runs nothing of it."""

    def find(connection: Connection) -> tuple[str, bytes]:
        return applications.logo_of(connection, logo_hash)

    kind, content = await asked.desk.read(find)
    return Response(content, media_type=kind, headers=_LOGO_SAFE)


ROUTES = [models, questions, program, contract, statements, logo]
