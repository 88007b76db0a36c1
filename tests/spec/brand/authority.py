"""Certificates of an authority of the tests' own, and a small ACME server (a part of RFC 8555) that gives them.

The server checks what a real one checks of its clients: nonces that are used once, signatures over the address that was
asked, the account's key, and that the domain answers the challenge.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = Any  # a private key


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem(key: Key) -> str:
    found: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return found.decode()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """A root and an authority below it, which signs."""

    def __init__(self) -> None:
        self.root_key, self.key = new_key(), new_key()
        self.root = self._sign(_named("root"), self.root_key, _named("root"), self.root_key, None, 3_650)
        self.own = self._sign(_named("authority"), self.key, self.root.subject, self.root_key, None, 1_825)

    def _sign(
        self,
        subject: x509.Name,
        key: Key,
        issuer: x509.Name,
        issuer_key: Key,
        names: list[str] | None,
        days: float,
        begins: float = -1,
        use: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        public = key if not hasattr(key, "public_key") else key.public_key()
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now + timedelta(days=begins)).not_valid_after(now + timedelta(days=days))
        made = made.add_extension(x509.BasicConstraints(names is None, None), critical=True)
        if names:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
            made = made.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        return made.sign(issuer_key, hashes.SHA256())

    def certificate(self, *names: str, key: Key, days: float = 90, **more: Any) -> x509.Certificate:
        return self._sign(_named(names[0][:60]), key, self.own.subject, self.key, list(names), days, **more)

    def chain(self, *names: str, key: Key, days: float = 90, **more: Any) -> str:
        """Of PEM certificates, the domain's own first."""
        return text_of(self.certificate(*names, key=key, days=days, **more), self.own)


def text_of(*certificates: x509.Certificate) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class _Wrong(Exception):
    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


@dataclass
class _Order:
    domain: str
    account: str
    token: str
    state: str = "pending"
    chain: str = ""
    error: str = ""


@dataclass
class AcmeHere:
    """Serves between enter and exit.

    Args:
        fetch: what the domain answers at a path, as the authority sees it.
    """

    authority: Authority
    fetch: Callable[[str, str], str]
    days: float = 90  # of a certificate
    agreed: list[bool] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    refuses: str = ""  # a reason to refuse every order

    def __post_init__(self) -> None:
        self._nonces: set[str] = set()
        self._accounts: dict[str, dict[str, str]] = {}  # address to key
        self._orders: list[_Order] = []
        here = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                here._answer(self, 200, None)

            def do_GET(self) -> None:
                here._answer(self, 200, here._directory() if self.path == "/directory" else None)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                try:
                    here._post(self, json.loads(body))
                except _Wrong as wrong:
                    kind = f"urn:ietf:params:acme:error:{wrong.kind}"
                    here._answer(self, 400, {"type": kind, "detail": str(wrong)}, problem=True)

            def log_message(self, format: str, *values: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> "AcmeHere":
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    @property
    def accounts(self) -> int:
        return len(self._accounts)

    def _directory(self) -> dict[str, Any]:
        names = ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")
        return {name: f"{self.url}/{name}" for name in names} | {"meta": {"termsOfService": f"{self.url}/terms"}}

    def _answer(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        body: Any,
        location: str = "",
        problem: bool = False,
        link: str = "",
    ) -> None:
        nonce = secrets.token_urlsafe(16)
        self._nonces.add(nonce)
        raw = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
        kind = "application/pem-certificate-chain" if isinstance(body, str) else "application/json"
        request.send_response(status)
        request.send_header("content-type", "application/problem+json" if problem else kind)
        request.send_header("content-length", str(len(raw)))
        request.send_header("replay-nonce", nonce)
        for header, value in (("location", location), ("link", link)):
            if value:
                request.send_header(header, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(raw)

    def _post(self, request: BaseHTTPRequestHandler, jws: dict[str, str]) -> None:
        head = json.loads(_decode(jws["protected"]))
        account, payload = self._proved(request.path, head, jws)
        name, _, number = request.path.strip("/").partition("/")
        if name == "newAccount":
            return self._account(request, head["jwk"], payload)
        if name == "newOrder":
            return self._new_order(request, account, payload)
        order = self._orders[int(number)]
        if order.account != account:
            raise _Wrong("unauthorized", "another account's")
        if name == "challenge":
            self._validate(order, account)
        if name == "finalize":
            self._finalize(order, payload)
        if name == "certificate":
            return self._answer(request, 200, order.chain)
        told = {"authorization": self._authorization, "challenge": self._challenge}.get(name, self._told)
        up = f'<{self.url}/authorization/{number}>;rel="up"' if name == "challenge" else ""
        return self._answer(request, 200, told(int(number)), location=f"{self.url}/order/{number}", link=up)

    def _proved(self, path: str, head: dict[str, Any], jws: dict[str, str]) -> tuple[str, Any]:
        if head["nonce"] not in self._nonces:
            raise _Wrong("badNonce", "this nonce is not known, or was used")
        self._nonces.discard(head["nonce"])
        if head["url"] != self.url + path:
            raise _Wrong("unauthorized", "signed for another address")
        if head["alg"] != "ES256" or ("jwk" in head) == ("kid" in head):
            raise _Wrong("badSignatureAlgorithm", "ES256 with a key or an account is wanted")
        account = head.get("kid", "")
        if account and account not in self._accounts:
            raise _Wrong("accountDoesNotExist", account)
        key = head["jwk"] if "jwk" in head else self._accounts[account]
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(_decode(key["x"])), int.from_bytes(_decode(key["y"])), ec.SECP256R1()
        )
        raw = _decode(jws["signature"])
        signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        signed = f"{jws['protected']}.{jws['payload']}".encode()
        numbers.public_key().verify(signature, signed, ec.ECDSA(hashes.SHA256()))
        payload = _decode(jws["payload"])
        return account, json.loads(payload) if payload else None

    def _account(self, request: BaseHTTPRequestHandler, key: dict[str, str], payload: dict[str, Any]) -> None:
        there = next((address for address, known in self._accounts.items() if known == key), None)
        if there is not None:
            return self._answer(request, 200, {"status": "valid"}, location=there)
        self.agreed.append(bool(payload.get("termsOfServiceAgreed")))
        if not self.agreed[-1]:
            raise _Wrong("userActionRequired", "agree to the terms")
        self.contacts += payload.get("contact", [])
        address = f"{self.url}/account/{len(self._accounts)}"
        self._accounts[address] = key
        return self._answer(request, 201, {"status": "valid", "contact": payload.get("contact", [])}, location=address)

    def _new_order(self, request: BaseHTTPRequestHandler, account: str, payload: dict[str, Any]) -> None:
        if self.refuses:
            raise _Wrong("rateLimited", self.refuses)
        (identifier,) = payload["identifiers"]
        self._orders.append(_Order(identifier["value"], account, secrets.token_urlsafe(24)))
        number = len(self._orders) - 1
        self._answer(request, 201, self._told(number), location=f"{self.url}/order/{number}")

    def _told(self, number: int) -> dict[str, Any]:
        order = self._orders[number]
        found = {
            "status": order.state,
            "identifiers": [{"type": "dns", "value": order.domain}],
            "authorizations": [f"{self.url}/authorization/{number}"],
            "finalize": f"{self.url}/finalize/{number}",
        }
        return found | ({"certificate": f"{self.url}/certificate/{number}"} if order.chain else {})

    def _authorization(self, number: int) -> dict[str, Any]:
        order = self._orders[number]
        state = "valid" if order.state in ("ready", "valid") else order.state
        found = {"type": "dns", "value": order.domain}
        return {"status": state, "identifier": found, "challenges": [self._challenge(number)]}

    def _challenge(self, number: int) -> dict[str, Any]:
        order = self._orders[number]
        state = "valid" if order.state in ("ready", "valid") else order.state
        found = {"type": "http-01", "url": f"{self.url}/challenge/{number}", "token": order.token, "status": state}
        problem = {"type": "urn:ietf:params:acme:error:unauthorized", "detail": order.error}
        return found | ({"error": problem} if order.error else {})

    def _validate(self, order: _Order, account: str) -> None:
        if order.state != "pending":
            return
        key = self._accounts[account]
        told = json.dumps({name: key[name] for name in sorted(("crv", "kty", "x", "y"))}, separators=(",", ":"))
        expected = f"{order.token}.{_encode(hashlib.sha256(told.encode()).digest())}"
        found = self.fetch(order.domain, f"/.well-known/acme-challenge/{order.token}")
        order.state = "ready" if found == expected else "invalid"
        order.error = "" if found == expected else f"{order.domain} has answered {found[:60]!r}"

    def _finalize(self, order: _Order, payload: dict[str, Any]) -> None:
        if order.state != "ready":
            raise _Wrong("orderNotReady", order.state)
        request = x509.load_der_x509_csr(_decode(payload["csr"]))
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if names.get_values_for_type(x509.DNSName) != [order.domain] or not request.is_signature_valid:
            raise _Wrong("badCSR", "for another domain")
        order.chain = self.authority.chain(order.domain, key=request.public_key(), days=self.days)
        order.state = "valid"
        self.issued.append(order.domain)
