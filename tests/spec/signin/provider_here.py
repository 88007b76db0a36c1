"""A small OpenID Connect provider on this machine, with real keys and signatures, and every way to be wrong."""

import base64
import hashlib
import json
import secrets
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey


class ProviderHere:
    """Serves between enter and exit. What a test sets on it changes what it says."""

    def __init__(self, path: str = "") -> None:
        self.keys: dict[str, Any] = {
            "RS256": RSAKey.generate_key(2_048, {"kid": "rsa"}),
            "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
            "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
        }
        self.keys["Ed25519"] = self.keys["EdDSA"]  # another name of it
        self.algorithm = "ES256"
        self.secret = "a secret/with + signs"
        self.client = "commonbook client"
        self.claims: dict[str, Any] = {}  # in place of, or beside, what is right; None leaves one out
        self.header: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.token = ""  # in place of one that is made
        self.published: list[dict[str, Any]] | None = None  # keys, in place of its own
        self.codes: dict[str, dict[str, str]] = {}
        self.token_requests: list[dict[str, str]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.endswith("/.well-known/openid-configuration"):
                    self._answer(200, provider.discovery())
                elif self.path.endswith("/keys"):
                    self._answer(200, {"keys": provider.public_keys()})
                else:
                    self._answer(404, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self._answer(*provider.exchange(body, self.headers.get("authorization", "")))

            def _answer(self, status: int, told: Any) -> None:
                content = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}{path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def discovery(self) -> dict[str, Any]:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return told | self.document

    def public_keys(self) -> list[dict[str, Any]]:
        if self.published is not None:
            return self.published
        distinct = {key.kid: key for key in self.keys.values()}
        return [key.as_dict(private=False) | {"use": "sig"} for key in distinct.values()]

    def authorized(self, url: str, **who: Any) -> dict[str, str]:
        """What a browser comes back with once somebody has signed in there."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["client_id"], asked["response_type"], asked["tenant"]) == (self.client, "code", "1")
        assert asked["scope"].split() == ["openid", "email"]
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked | {name: json.dumps(value) for name, value in who.items()}
        return {"state": asked["state"], "code": code}

    def exchange(self, body: str, authorization: str) -> tuple[int, Any]:
        given = {name: values[0] for name, values in parse_qs(body).items()}
        self.token_requests.append(given | {"authorization": authorization})
        asked = self.codes.pop(given.get("code", ""), None)  # a code is good once
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != challenge.rstrip(b"=").decode():
            return 400, {"error": "invalid_grant"}
        if given["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        who: dict[str, Any] = {name: json.loads(asked[name]) for name in ("sub", "email", "groups") if name in asked}
        return 200, {"id_token": self.token or self.id_token(asked["nonce"], who), "token_type": "Bearer"}

    def id_token(self, nonce: str, who: dict[str, Any]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.client,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email_verified": True,
            **who,
            **self.claims,
        }
        return self.signed({name: value for name, value in claims.items() if value is not None})

    def signed(self, claims: dict[str, Any], key: Any = None, **header: Any) -> str:
        chosen = key or self.keys[self.algorithm]
        head = {"alg": self.algorithm, "kid": chosen.kid} | self.header | header
        payload = json.dumps(claims).encode()
        if head["alg"] == "none":
            return f"{part(json.dumps(head).encode())}.{part(payload)}."
        registry = jws.JWSRegistry(algorithms=list(jws.JWSRegistry.algorithms), strict_check_header=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # of `EdDSA`, and of keys that are too short on purpose
            return jws.serialize_compact(head, payload, chosen, algorithms=[head["alg"]], registry=registry)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
