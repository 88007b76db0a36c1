"""What is checked of a certificate, and certificates from an authority by ACME. BR-12 and BR-13."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from spec.brand.authority import AcmeHere, Authority, new_key, pem, text_of
from sqlalchemy import Engine, select

from commonbook.administration.log import acts
from commonbook.brand import certificates, challenges, store, upkeep
from commonbook.brand.certificates import check
from commonbook.brand.store import Domain
from commonbook.errors import BadInput
from commonbook.identity.sealing import Seal
from commonbook.settings import AcmeSettings, BrandSettings, Settings
from commonbook.storage.database import open_database
from commonbook.storage.tables.brand import acme_accounts, acme_challenges, brand_certificates
from commonbook.units import HOUR_NS

DOMAIN = "north-ex.com"
DAY_NS = 24 * HOUR_NS
AUTHORITY = Authority()
KEY = new_key()


def refused(chain: str, key: str = "", domain: str = DOMAIN, now: datetime | None = None) -> str:
    with pytest.raises(BadInput) as told:
        check(domain, chain, key or pem(KEY), now)
    return str(told.value)


# -- what is checked --------------------------------------------------------------------------------------------------


def test_br12_a_chain_in_order_with_its_key_is_taken() -> None:
    checked = check(DOMAIN, AUTHORITY.chain(DOMAIN, "www.north-ex.com", key=KEY), pem(KEY))
    assert checked.chain.count("BEGIN CERTIFICATE") == 2
    assert len(checked.fingerprint) == 64
    assert 89 * DAY_NS < checked.not_after_ns - time.time_ns() < 91 * DAY_NS
    wild = AUTHORITY.chain("*.north-ex.com", key=KEY)
    assert check("trade.north-ex.com", wild, pem(KEY)).fingerprint
    large = rsa.generate_private_key(65_537, 2_048)
    assert check(DOMAIN, AUTHORITY.chain(DOMAIN, key=large), pem(large)).fingerprint
    whole = AUTHORITY.chain(DOMAIN, key=KEY) + text_of(AUTHORITY.root)
    assert check(DOMAIN, whole, pem(KEY)).chain.count("BEGIN CERTIFICATE") == 3


def test_br12_a_key_that_is_not_the_certificates_is_refused() -> None:
    assert "the key is not the first certificate's" in refused(AUTHORITY.chain(DOMAIN, key=new_key()))
    backwards = text_of(AUTHORITY.own, AUTHORITY.certificate(DOMAIN, key=KEY))
    assert "send the domain's own certificate first" in refused(backwards)


@pytest.mark.parametrize("name", ["south-ex.com", "www.north-ex.com", "*.north-ex.com", "north-ex.com.de"])
def test_br12_a_certificate_of_another_domain_is_refused(name: str) -> None:
    assert f"the certificate is for {name}, not for {DOMAIN}" in refused(AUTHORITY.chain(name, key=KEY))


def test_br12_one_that_is_over_or_yet_to_come_is_refused() -> None:
    chain = AUTHORITY.chain(DOMAIN, key=KEY, days=10)
    assert check(DOMAIN, chain, pem(KEY), datetime.now(UTC) + timedelta(days=9))
    assert "certificate 1 of the chain is good" in refused(chain, now=datetime.now(UTC) + timedelta(days=11))
    assert "not now" in refused(chain, now=datetime.now(UTC) - timedelta(days=2))
    long = AUTHORITY.chain(DOMAIN, key=KEY, days=3_000)
    assert "certificate 2 of the chain" in refused(long, now=datetime.now(UTC) + timedelta(days=2_000))


def test_br12_a_chain_whose_links_do_not_hold_is_refused() -> None:
    own = AUTHORITY.certificate(DOMAIN, key=KEY)
    assert "certificate 1 of the chain is not signed by certificate 2" in refused(text_of(own, AUTHORITY.root))
    stranger = Authority()
    assert "not signed by certificate 2" in refused(text_of(own, stranger.own))  # of the same name, by another key
    assert "not signed by certificate 3" in refused(text_of(own, AUTHORITY.own, stranger.root))
    assert "at most 8" in refused(text_of(own, *([AUTHORITY.own] * 8)))


def test_br12_a_certificate_that_is_not_for_servers_is_refused() -> None:
    chain = AUTHORITY.chain(DOMAIN, key=KEY, use=ExtendedKeyUsageOID.CLIENT_AUTH)
    assert "is not for servers" in refused(chain)


def test_br12_keys_that_browsers_do_not_take_are_refused_and_no_reason_tells_of_a_key() -> None:
    small = rsa.generate_private_key(65_537, 1_024)
    assert "has 1024 bits; at least 2,048" in refused(AUTHORITY.chain(DOMAIN, key=KEY), pem(small))
    chain = AUTHORITY.chain(DOMAIN, key=KEY)
    assert "of a kind that browsers do not take" in refused(chain, pem(ed25519.Ed25519PrivateKey.generate()))
    assert isinstance(KEY, ec.EllipticCurvePrivateKey)
    locked = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")).decode()
    half = pem(KEY)[:100] + "\n-----END PRIVATE KEY-----"
    for key in (locked, half, "no key", "\x00", pem(KEY).replace("PRIVATE", "PUBLIC")):
        why = refused(chain, key)
        assert why == "the key cannot be read; a PEM private key without a passphrase is wanted"


@pytest.mark.parametrize(
    "chain", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "ü"]
)
def test_br12_what_is_no_certificate_is_refused(chain: str) -> None:
    assert "the chain cannot be read" in refused(chain)


# -- keeping ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    found = open_database(f"sqlite:///{tmp_path / 'tables.db'}")
    yield found
    found.dispose()


def proved(database: Engine, *domains: str, brand: int = 1) -> list[Domain]:
    with database.begin() as connection:
        store.keep_domains(connection, brand, domains)
        for one in store.domains_of(connection, brand):
            store.note_proved(connection, one, "dns", time.time_ns())
        return store.domains_of(connection, brand)


def test_br12_keys_are_sealed_for_their_own_certificate(database: Engine, tmp_path: Path) -> None:
    seal = Seal.open(tmp_path)
    proved(database, DOMAIN)
    checked = check(DOMAIN, AUTHORITY.chain(DOMAIN, key=KEY), pem(KEY))
    with database.begin() as connection:
        kept = certificates.keep(connection, seal, 1, DOMAIN, certificates.UPLOAD, checked)
        row = connection.execute(select(brand_certificates)).one()
    assert kept.key(seal) == checked.key
    assert "PRIVATE" not in str(tuple(row))
    moved = certificates.Certificate(**(dict(row._mapping) | {"domain": "south-ex.com"}))
    with pytest.raises(InvalidTag):
        moved.key(seal)


def test_br12_a_certificate_goes_with_its_domain(database: Engine, tmp_path: Path) -> None:
    proved(database, DOMAIN)
    checked = check(DOMAIN, AUTHORITY.chain(DOMAIN, key=KEY), pem(KEY))
    with database.begin() as connection:
        certificates.keep(connection, Seal.open(tmp_path), 1, DOMAIN, certificates.UPLOAD, checked)
        assert not certificates.drop(connection, 2, DOMAIN), "another brand's"
        assert certificates.certificates(connection, 2) == []
        assert certificates.drop(connection, 1, DOMAIN)
        assert certificates.certificates(connection) == []


# -- ACME -------------------------------------------------------------------------------------------------------------


class Acme:
    """The authority, and an exchange that asks it."""

    def __init__(self, database: Engine, folder: Path, **more: Any) -> None:
        self.database = database
        self.seal = Seal.open(folder)
        self.here = AcmeHere(AUTHORITY, self.fetch)
        terms: dict[str, Any] = {
            "directory": f"{self.here.url}/directory",
            "contact": "tls@example.com",
            "terms_agreed": True,
        } | more
        self.settings = Settings(brand=BrandSettings(reprove_hours=10**6), acme=AcmeSettings(wait_s=20, **terms))
        self.answers: dict[str, str] = {}

    def fetch(self, domain: str, path: str) -> str:
        """As a gateway answers it: from the table, by the domain and the token."""
        token = path.removeprefix(challenges.PATH)
        return self.answers.get(domain) or challenges.answer_of(self.database, domain, token) or "404"

    def turn(self, now_ns: int | None = None) -> None:
        upkeep.look_after(self.database, self.seal, self.settings, now_ns)

    def told(self) -> list[tuple[str, str]]:
        with self.database.connect() as connection:
            return [(one.act, one.subject) for one in acts(connection, 1)]


@pytest.fixture
def acme(database: Engine, tmp_path: Path) -> Iterator[Acme]:
    found = Acme(database, tmp_path)
    with found.here:
        yield found


def test_br13_a_proved_domain_is_given_a_certificate(acme: Acme) -> None:
    proved(acme.database, DOMAIN)
    acme.turn()
    with acme.database.connect() as connection:
        (found,) = certificates.certificates(connection)
        assert connection.execute(select(acme_challenges)).all() == [], "the challenge is taken back"
        account = connection.execute(select(acme_accounts)).one()
    assert (found.domain, found.brand, found.source) == (DOMAIN, 1, "acme")
    assert check(DOMAIN, found.chain, found.key(acme.seal).decode()).fingerprint == found.fingerprint
    assert (acme.here.agreed, acme.here.contacts) == ([True], ["mailto:tls@example.com"])
    assert '"d"' not in account.registration
    assert "PRIVATE" not in str(tuple(account))
    assert acme.told() == [("renew certificate", DOMAIN)]


def test_br13_it_is_renewed_thirty_days_before_its_end_with_the_same_account(acme: Acme) -> None:
    proved(acme.database, DOMAIN, "trade.north-ex.com")
    acme.turn()
    assert sorted(acme.here.issued) == [DOMAIN, "trade.north-ex.com"]
    end = time.time_ns() + 90 * DAY_NS
    acme.turn(end - 31 * DAY_NS)
    assert len(acme.here.issued) == 2
    with acme.database.connect() as connection:
        before = certificates.certificates(connection)
    acme.turn(end - 29 * DAY_NS)
    assert len(acme.here.issued) == 4
    with acme.database.connect() as connection:
        after = certificates.certificates(connection)
    assert {one.fingerprint for one in before} & {one.fingerprint for one in after} == set()
    assert acme.here.accounts == 1


def test_br13_a_domain_that_does_not_lead_to_us_is_told_and_tried_again_in_six_hours(acme: Acme) -> None:
    proved(acme.database, DOMAIN)
    acme.answers[DOMAIN] = "<html>parked</html>"
    now = time.time_ns()
    acme.turn(now)
    with acme.database.connect() as connection:
        (one,) = store.domains_of(connection, 1)
        assert certificates.certificates(connection) == []
        assert connection.execute(select(acme_challenges)).all() == []
    assert one.acme_why == f"the authority could not look at {DOMAIN}: {DOMAIN} has answered '<html>parked</html>'"
    assert acme.told() == [("miss certificate", DOMAIN)]
    del acme.answers[DOMAIN]
    acme.turn(now + 6 * HOUR_NS)
    assert acme.here.issued == []
    acme.turn(now + 6 * HOUR_NS + 1)
    assert acme.here.issued == [DOMAIN]


def test_br13_an_authority_that_refuses_or_is_away_is_told(acme: Acme) -> None:
    proved(acme.database, DOMAIN)
    acme.here.refuses = "too many certificates"
    now = time.time_ns()
    acme.turn(now)
    with acme.database.connect() as connection:
        (one,) = store.domains_of(connection, 1)
    assert "too many certificates" in one.acme_why
    acme.settings = Settings(
        brand=acme.settings.brand, acme=AcmeSettings(directory="http://127.0.0.1:9/directory", terms_agreed=True)
    )
    acme.turn(now + 7 * HOUR_NS)
    with acme.database.connect() as connection:
        (one,) = store.domains_of(connection, 1)
    assert "has given no certificate for north-ex.com" in one.acme_why


def test_br13_a_certificate_of_the_brands_own_is_left_alone_until_it_ends(acme: Acme) -> None:
    proved(acme.database, DOMAIN)
    checked = check(DOMAIN, AUTHORITY.chain(DOMAIN, key=KEY), pem(KEY))
    with acme.database.begin() as connection:
        certificates.keep(connection, acme.seal, 1, DOMAIN, certificates.UPLOAD, checked)
    acme.turn()
    assert acme.here.issued == []


@pytest.mark.parametrize("off", [{"directory": ""}, {"terms_agreed": False}])
def test_br13_without_an_authority_or_without_its_terms_nobody_is_asked(
    database: Engine, tmp_path: Path, off: dict[str, Any]
) -> None:
    acme = Acme(database, tmp_path, **off)
    proved(database, DOMAIN)
    with acme.here:
        acme.turn()
    assert acme.here.issued == []
    assert acme.told() == []


def test_br13_a_domain_that_is_not_proved_is_given_none(acme: Acme) -> None:
    with acme.database.begin() as connection:
        store.keep_domains(connection, 1, [DOMAIN])
    assert upkeep.without_certificate(acme.database, acme.settings, time.time_ns()) == []


def test_br13_a_challenge_is_answered_at_its_own_domain_alone(database: Engine) -> None:
    challenges.keep(database, DOMAIN, "token", "token.thumb")
    assert challenges.answer_of(database, DOMAIN, "token") == "token.thumb"
    assert challenges.answer_of(database, "south-ex.com", "token") is None
    assert challenges.answer_of(database, DOMAIN, "other") is None
    challenges.drop(database, ["token"])
    assert challenges.answer_of(database, DOMAIN, "token") is None
