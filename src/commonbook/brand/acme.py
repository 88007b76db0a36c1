"""Certificates from an authority that speaks ACME (RFC 8555), by http-01: a gateway answers what the authority asks.

The challenge's answer lies in a table that all gateways read. The account's key is sealed, and a domain's key is made
here and never leaves. Rule BR-13.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import requests
from acme import challenges, client, errors, messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import NameOID
from josepy.errors import Error as JoseError
from josepy.jwa import ES256
from josepy.jwk import JWKEC
from sqlalchemy import Engine, delete, insert, select

from commonbook.brand import challenges as waiting
from commonbook.brand.certificates import Checked, check
from commonbook.errors import BadInput, OutsideFailure
from commonbook.identity.sealing import Seal
from commonbook.settings import AcmeSettings
from commonbook.storage.tables.brand import acme_accounts

REQUEST_S = 20


def issue(database: Engine, seal: Seal, settings: AcmeSettings, domain: str) -> Checked:
    """A new certificate and key of a domain. Takes as long as the authority does, at most `wait_s`.

    Raises:
        OutsideFailure: the authority says no, or nothing; says why.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)] if len(domain) <= 64 else [])
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    request = request.add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
    signed = request.sign(private, hashes.SHA256()).public_bytes(Encoding.PEM)
    deadline = datetime.now() + timedelta(seconds=settings.wait_s)
    try:
        authority = _authority(database, seal, settings)
        order = authority.new_order(signed)
        with _answering(database, authority, order, domain):
            order = authority.poll_and_finalize(order, deadline)
        return check(domain, order.fullchain_pem, key)
    except errors.ValidationError as failure:
        raise OutsideFailure(f"the authority could not look at {domain}: {_reasons(failure)}") from None
    except (errors.Error, messages.Error, JoseError, requests.RequestException, BadInput) as failure:
        why = str(failure) or type(failure).__name__
        raise OutsideFailure(f"the authority has given no certificate for {domain}: {why[:300]}") from None


@contextmanager
def _answering(
    database: Engine, authority: client.ClientV2, order: messages.OrderResource, domain: str
) -> Iterator[None]:
    """While this lasts, gateways answer the order's challenges."""
    tokens = []
    try:
        for authorization in order.authorizations:
            found = [one for one in authorization.body.challenges if isinstance(one.chall, challenges.HTTP01)]
            if not found:
                raise errors.Error("the authority offers no http-01 challenge")
            response, answer = found[0].response_and_validation(authority.net.key)
            token = found[0].chall.encode("token")
            waiting.keep(database, domain, token, answer)
            tokens.append(token)
            authority.answer_challenge(found[0], response)
        yield
    finally:
        waiting.drop(database, tokens)


def _authority(database: Engine, seal: Seal, settings: AcmeSettings) -> client.ClientV2:
    """With our account; it is opened at the first use."""
    key, registration = _account(database, seal, settings.directory)
    network = client.ClientNetwork(
        key, registration, alg=ES256, user_agent="exchange", timeout=min(REQUEST_S, settings.wait_s)
    )
    found = client.ClientV2(client.ClientV2.get_directory(settings.directory, network), network)
    if registration is None:
        contact = settings.contact or None
        wanted = messages.NewRegistration.from_data(email=contact, terms_of_service_agreed=settings.terms_agreed)
        try:
            registration = found.new_account(wanted)
        except errors.ConflictError as there:
            registration = messages.RegistrationResource(body=wanted, uri=there.location)
            network.account = registration
        _keep_account(database, seal, settings.directory, key, registration)
    return found


def _account(database: Engine, seal: Seal, directory: str) -> tuple[JWKEC, messages.RegistrationResource | None]:
    with database.connect() as connection:
        chosen = select(acme_accounts).where(acme_accounts.c.directory == directory)
        row = connection.execute(chosen).first()
    if row is None:
        return JWKEC(key=ec.generate_private_key(ec.SECP256R1())), None
    private = load_der_private_key(seal.unseal(row.sealed_key, _bound_to(directory)), None)
    return JWKEC(key=private), messages.RegistrationResource.json_loads(row.registration)


def _keep_account(
    database: Engine, seal: Seal, directory: str, key: JWKEC, registration: messages.RegistrationResource
) -> None:
    raw = key.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    row = {
        "directory": directory,
        "sealed_key": seal.seal(raw, _bound_to(directory)),
        "registration": registration.json_dumps(),
    }
    with database.begin() as connection:
        connection.execute(delete(acme_accounts).where(acme_accounts.c.directory == directory))
        connection.execute(insert(acme_accounts).values(**row))


def _bound_to(directory: str) -> str:
    return f"acme:{directory}"


def _reasons(failure: errors.ValidationError) -> str:
    told = [
        str(one.error.detail or one.error.typ)
        for authorization in failure.failed_authzrs
        for one in authorization.body.challenges
        if one.error is not None
    ]
    return "; ".join(told)[:300] or "it does not say why"
