"""Two hundred and more requests that are odd, and what the door answers to each.

A case is its name, the bytes that are sent, in pieces where they arrive so, and the answers expected: `200 0` is status
and code of one, `101` an upgrade, `100` a go-ahead, `end` that the connection is closed then. Where it is not closed it
must go on to serve. No case may move anything.
"""

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from conformance.okx_v5.wire import API, ORDER, Hand

TIME = "/api/v5/public/time"
CANCEL = "/trade/cancel-order"
NAMED = json.dumps({"instId": "BTC-USDT", "ordId": "9000000000000000000"})  # an order that is not there: code 1
_moment = datetime.now(UTC)
KEY = base64.b64encode(bytes(16)).decode()
HOST = b"Host: localhost\r\n"
TAKEN, BAD, LONG = "200 0", "400 50400 end", "431 50431 end"


class Case(NamedTuple):
    name: str
    sent: tuple[bytes, ...]
    answers: str


def cases(hand: Hand) -> Iterator[Case]:
    """All of them, signed by a hand where that matters."""
    for part in (request_lines(), headers(hand), lengths(hand), chunks(hand), sequences(hand), texts(hand), upgrades()):
        yield from part


def get(target: str = TIME, version: str = "HTTP/1.1", more: bytes = b"", method: str = "GET") -> bytes:
    return f"{method} {target} {version}\r\n".encode("latin-1") + HOST + more + b"\r\n"


def post(hand: Hand, body: bytes, path: str = CANCEL, more: bytes | None = None, signed: bytes | None = None) -> bytes:
    """A signed request; `more` are its headers about the body, `signed` the body that was signed if it is not this."""
    proof = proved(hand, "POST", path, body if signed is None else signed)
    return head(proof, path, f"Content-Length: {len(body)}\r\n".encode() if more is None else more) + body


def proved(hand: Hand, method: str, path: str, body: bytes) -> dict[str, str]:
    """The headers of a proof, over any bytes; each of a moment of its own, as a signature works once."""
    moment = _next_moment()
    stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = f"{stamp}{method}{API}{path}".encode() + body
    sign = base64.b64encode(hmac.new(hand.key["api_secret"].encode(), message, hashlib.sha256).digest()).decode()
    key = {"OK-ACCESS-KEY": hand.key["api_key"], "OK-ACCESS-PASSPHRASE": hand.key["api_passphrase"]}
    return key | {"OK-ACCESS-SIGN": sign, "OK-ACCESS-TIMESTAMP": stamp}


def _next_moment() -> datetime:
    """Now, or a millisecond after the one before."""
    global _moment
    _moment = max(datetime.now(UTC), _moment + timedelta(milliseconds=1))
    return _moment


def head(proof: dict[str, str], path: str, more: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in proof.items())
    return f"POST {API}{path} HTTP/1.1\r\n".encode() + HOST + lines.encode() + more + b"\r\n"


# -- the first line ---------------------------------------------------------------------------------------------------


def request_lines() -> Iterator[Case]:
    def one(name: str, sent: bytes, answers: str) -> Case:
        return Case(name, (sent,), answers)

    yield one("a request", get(), TAKEN)
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH"):
        yield one(f"method {method}", get(method=method), "405 50115")
    yield one("method PURGE elsewhere", get("/nothing", method="PURGE"), "404 50404")
    for method in ("get", "GeT", "G", "GETGET", "FOO", "", "GET\0", "G\xc9T", "GET,POST", "G" * 10_000):
        yield one(f"method {method[:8]!r}", get(method=method), BAD)
    for version in (
        "HTTP/2.0",
        "HTTP/3.0",
        "HTTP/1.2",
        "HTTP/9.9",
        "HTTP/11",
        "HTTP/1.",
        "http/1.1",
        "HTTPS/1.1",
        "XTTP/1.1",
    ):
        yield one(f"version {version}", get(version=version), BAD)
    yield one("version 1.0 ends", get(version="HTTP/1.0"), "200 0 end")
    yield one(
        "version 1.0 that would stay ends", get(version="HTTP/1.0", more=b"Connection: keep-alive\r\n"), "200 0 end"
    )
    yield one("version 0.9", b"GET /\r\n\r\n", BAD)
    yield one("a word behind the version", get(version="HTTP/1.1 x"), BAD)
    yield one("two spaces", get(" " + TIME), TAKEN)
    yield one("a tab for a space", b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n", BAD)
    yield one("no target", b"GET HTTP/1.1\r\n" + HOST + b"\r\n", BAD)
    yield one("one empty line before", b"\r\n" + get(), TAKEN)
    yield one("many empty lines before", b"\r\n" * 100 + get(), TAKEN)
    yield one("a space before", b" " + get(), BAD)
    yield one("line feeds alone", get().replace(b"\r\n", b"\n"), BAD)
    yield one("a carriage return alone", get().replace(b"\r\n", b"\r"), BAD)
    yield one("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BAD)
    yield one("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), BAD)
    yield one("an SSH banner", b"SSH-2.0-OpenSSH_9.6\r\n", BAD)
    yield one("a Redis command", b"*1\r\n$4\r\nPING\r\n", BAD)
    yield one("an SMTP greeting", b"EHLO localhost\r\n", BAD)
    yield one("an answer", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", BAD)
    yield one("JSON", b'{"op":"ping"}\r\n', BAD)
    yield one("zeros", bytes(1_000), BAD)
    yield one("high bytes", bytes(range(128, 256)), BAD)
    yield one("a mark of byte order before", b"\xef\xbb\xbf" + get(), BAD)
    # targets
    yield one("an absolute target", get("http://localhost" + TIME), TAKEN)
    yield one("an absolute target of another host", get("http://example.org" + TIME), TAKEN)
    yield one("an absolute target of another scheme", get("ftp://localhost/nothing"), "404 50404")
    yield one("asterisk of OPTIONS", get("*", method="OPTIONS"), "404 50404")
    yield one("asterisk of GET", get("*"), "404 50404")
    yield one("CONNECT", get("localhost:443", method="CONNECT"), BAD)
    yield one("CONNECT to a path", get(TIME, method="CONNECT"), BAD)
    yield one("a target without its slash", get("api/v5/public/time"), BAD)
    for target in ("/api/v5/public/../public/time", "/api/v5/public/%2e%2e/public/time", "//api/v5/public/time"):
        yield one(f"target {target}", get(target), "404 50404")
    for target in ("/api/v5/public/time/", "/API/V5/public/time", "/api/v5/public\\time", "/api/v5/public/time;a=1"):
        yield one(f"target {target}", get(target), "404 50404")
    for target in ("/api/v5/public/time%00", "/api/v5/public/time%0d%0a", "/api/v5/public/ti%zzme", "/api/v5/%ff%fe"):
        yield one(f"target {target}", get(target), "404 50404")
    yield one("a path in percents", get("/api/v5/public/%74ime"), TAKEN)
    yield one("a target with a fragment", get(TIME + "#there"), TAKEN)
    yield one("a NUL in the target", get(TIME + "\0"), BAD)
    yield one("a high byte in the path", get("/api/v5/\xe9"), BAD)
    yield one("a high byte in the query", get(TIME + "?a=\xe9"), BAD)
    yield one("a carriage return in the target", get(TIME + "\rx"), BAD)
    yield one("a long target", get("/" + "a" * 60_000), "404 50404")
    yield one("a target that is too long", get("/" + "a" * 70_000), LONG)
    # queries
    for query in ("?", "??", "?&", "?&&&", "?=", "?a", "?a=", "?a=1&a=2", "?a=%20+%2B", "?instId[]=1", "?a=1;b=2"):
        yield one(f"query {query}", get(TIME + query), TAKEN)
    yield one("a query of 100 fields", get(TIME + "?" + "&".join(["a=1"] * 100)), TAKEN)
    yield one("a query of 101 fields", get(TIME + "?" + "&".join(["a=1"] * 101)), "400 51000")
    yield one("a query that is no UTF-8", get(TIME + "?a=%ff"), "400 51000")
    yield one("a query of half a surrogate", get(TIME + "?a=%ed%a0%80"), "400 51000")
    yield one("the last of two values counts", get("/api/v5/market/ticker?instId=X&instId=BTC-USDT"), TAKEN)


# -- headers ----------------------------------------------------------------------------------------------------------


def headers(hand: Hand) -> Iterator[Case]:
    def with_(name: str, more: bytes, answers: str) -> Case:
        return Case(name, (get(more=more),), answers)

    yield Case("no host", (f"GET {TIME} HTTP/1.1\r\n\r\n".encode(),), TAKEN)
    yield with_("two hosts", b"Host: example.org\r\n", TAKEN)
    yield with_("a host of odd letters", b"Host: \xff<>'\"%00\r\n", TAKEN)
    yield with_("an empty host", b"Host:\r\n", TAKEN)
    yield with_("a header without a colon", b"nothing\r\n", BAD)
    yield with_("a header without a name", b": nothing\r\n", BAD)
    yield with_("a space before the colon", b"Accept : x\r\n", BAD)
    yield with_("a space in a name", b"Acc ept: x\r\n", BAD)
    yield with_("a NUL in a name", b"Acc\0ept: x\r\n", BAD)
    yield with_("a high byte in a name", b"Acc\xe9pt: x\r\n", BAD)
    yield with_("a NUL in a value", b"Accept: x\0y\r\n", BAD)
    yield with_("a control letter in a value", b"Accept: x\x01y\r\n", BAD)
    yield with_("a carriage return in a value", b"Accept: x\ry\r\n", BAD)
    yield with_("a line feed alone behind a value", b"Accept: x\nCookie: y\r\n", BAD)
    yield with_("a tab in a value", b"Accept: x\ty\r\n", TAKEN)
    yield with_("high bytes in a value", b"Accept: \xff\xfe\r\n", TAKEN)
    yield with_("a value of nothing", b"Accept:\r\n", TAKEN)
    yield with_("a value on two lines", b"Accept: x\r\n y\r\n", BAD)
    yield with_("a value on two lines by a tab", b"Accept: x\r\n\ty\r\n", BAD)
    yield Case("a fold before any header", (f"GET {TIME} HTTP/1.1\r\n x: y\r\n\r\n".encode(),), BAD)
    yield with_("a thousand headers", b"".join(b"X-%d: y\r\n" % place for place in range(1_000)), TAKEN)
    yield with_("a flood of headers", b"".join(b"X-%d: y\r\n" % place for place in range(10_000)), LONG)
    yield with_("a long value", b"X: " + b"y" * 60_000 + b"\r\n", TAKEN)
    yield with_("a value that is too long", b"X: " + b"y" * 70_000 + b"\r\n", LONG)
    yield with_("a name that is too long", b"X" * 70_000 + b": y\r\n", LONG)
    yield Case("a head without an end", (get()[:-2] + b"X: " + b"y" * 40_000, b"y" * 40_000), LONG)
    yield with_("close", b"Connection: close\r\n", "200 0 end")
    yield with_("close among others", b"Connection: x, close\r\n", "200 0 end")
    yield with_("to stay", b"Connection: keep-alive\r\n", TAKEN)
    yield with_("another connection", b"Connection: x\r\n", TAKEN)
    yield with_("an expectation of nothing we know", b"Expect: a miracle\r\n", TAKEN)
    yield with_("trailers are welcome", b"TE: trailers\r\n", TAKEN)
    yield with_("an answer may be packed", b"Accept-Encoding: gzip, br\r\n", TAKEN)
    yield with_("a range", b"Range: bytes=0-1\r\n", TAKEN)
    yield with_("if it has changed", b'If-None-Match: "*"\r\nIf-Modified-Since: now\r\n', TAKEN)
    yield with_("another method by a header", b"X-HTTP-Method-Override: DELETE\r\n", TAKEN)
    yield with_("another path by a header", b"X-Original-URL: /api/v5/account/balance\r\n", TAKEN)
    yield with_("a body that is promised to a reader", b"Content-Type: \xff\r\n", TAKEN)
    proof = proved(hand, "GET", "/account/balance", b"")
    lines = "".join(f"{name}: {value}\r\n" for name, value in proof.items()).encode()
    yield Case("a proof", (get(f"{API}/account/balance", more=lines),), TAKEN)
    small = "".join(f"{name.lower()}:{value}\r\n" for name, value in proof.items()).encode()
    yield Case("a proof in small letters", (get(f"{API}/account/balance", more=small),), TAKEN)
    another = b"OK-ACCESS-KEY: 00000000-0000-0000-0000-000000000000\r\n"
    yield Case("two keys", (get(f"{API}/account/balance", more=lines + another),), "401 50111")
    yield Case(
        "an empty key behind one", (get(f"{API}/account/balance", more=lines + b"OK-ACCESS-KEY:\r\n"),), "401 50103"
    )
    yield Case("a proof of another path", (get(f"{API}/account/config", more=lines),), "401 50113")
    yield Case("a proof in the query", (get(f"{API}/account/balance?OK-ACCESS-KEY=x"),), "401 50103")
    cookie = b"Cookie: session=x\r\n"
    yield Case("a session that is none", (get(f"{API}/account/balance", more=cookie),), "401 50114")
    basic = b"Authorization: Basic YWRtaW46YWRtaW4=\r\n"
    yield Case("a proof of another kind", (get(f"{API}/account/balance", more=basic),), "401 50114")
    for query in ("?", "?ccy=", "?ccy=BTC&", "?a=1#there"):
        signed = proved(hand, "GET", f"/account/balance{query}", b"")
        more = "".join(f"{name}: {value}\r\n" for name, value in signed.items()).encode()
        yield Case(f"a proof over {query}", (get(f"{API}/account/balance{query}", more=more),), TAKEN)


# -- how long a body is -----------------------------------------------------------------------------------------------


def lengths(hand: Hand) -> Iterator[Case]:
    body = NAMED.encode()
    size = len(body)

    def sized(name: str, more: bytes, answers: str, sent: bytes = body, signed: bytes | None = None) -> Case:
        return Case(name, (post(hand, sent, more=more, signed=signed),), answers)

    yield Case("a body", (post(hand, body),), "200 1")
    yield sized("no length and a body behind", b"", "400 50000 end", signed=b"")
    yield sized("a length of nothing and a body behind", b"Content-Length: 0\r\n", "400 50000 end", signed=b"")
    for text in ("-1", "+5", "0x10", "1e2", "5,5", "5 5", "five", "", "5;", "\xb2", "1_0", "9" * 30, str(2**64)):
        yield sized(f"length {text!r}", f"Content-Length: {text}\r\n".encode("latin-1"), BAD)
    padded = f"Content-Length:   {size}  \r\n".encode()
    yield sized("a length among spaces", padded, "200 1")
    yield sized("a length with zeros before", f"Content-Length: 000{size}\r\n".encode(), "200 1")
    yield sized("the same length twice", f"Content-Length: {size}\r\n".encode() * 2, BAD)
    yield sized("two lengths", f"Content-Length: {size}\r\nContent-Length: 1\r\n".encode(), BAD)
    yield sized("a length that is short", f"Content-Length: {size - 1}\r\n".encode(), "401 50113 end")
    yield sized("length and chunks", f"Content-Length: {size}\r\nTransfer-Encoding: chunked\r\n".encode(), BAD)
    yield sized("chunks and length", f"Transfer-Encoding: chunked\r\nContent-Length: {size}\r\n".encode(), BAD)
    large = b'"' + b"x" * (1024 * 1024 - 2) + b'"'
    yield Case("a body as long as may be", (post(hand, large),), "400 51000")
    yield Case("a body that is too long", (post(hand, large + b" "),), "413 50413")
    yield Case("a body that came in time but unsigned", (post(hand, body, signed=b"{}"),), "401 50113")
    whole = get(more=b"Content-Length: 5\r\n") + b"hello"
    yield Case("a body of GET", (whole,), TAKEN)
    yield Case("a body of HEAD", (get(method="OPTIONS", more=b"Content-Length: 5\r\n") + b"hello",), "405 50115")
    packed = gzip.compress(body, mtime=0)
    proof = proved(hand, "POST", CANCEL, b"")
    told = f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n".encode()
    yield Case("a body that is packed", (head(proof, CANCEL, told) + packed,), "401 50113")
    sent = post(hand, body)
    waits = sent.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    at = waits.index(b"\r\n\r\n") + 4
    yield Case("it waits to be told to go on", (waits[:at], waits[at:]), "100 200 1")
    nowhere = waits.replace(CANCEL.encode(), b"/nothing")
    yield Case("it waits where there is nothing", (nowhere[:at],), "404 50404")


# -- bodies in chunks -------------------------------------------------------------------------------------------------


def chunks(hand: Hand) -> Iterator[Case]:
    body = NAMED.encode()
    size = b"%x" % len(body)

    def chunked(name: str, sent: bytes, answers: str, how: bytes = b"chunked", signed: bytes = body) -> Case:
        proof = proved(hand, "POST", CANCEL, signed)
        return Case(name, (head(proof, CANCEL, b"Transfer-Encoding: " + how + b"\r\n") + sent,), answers)

    whole = size + b"\r\n" + body + b"\r\n0\r\n\r\n"
    yield chunked("one chunk", whole, "200 1")
    single = b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body)
    yield chunked("a chunk for each byte", single + b"0\r\n\r\n", "200 1")
    yield chunked("chunks of nothing", b"0\r\n\r\n", "400 50000", signed=b"")
    yield chunked("a size in capitals", whole.replace(size, size.upper(), 1), "200 1")
    yield chunked("a size with zeros before", b"0000" + whole, "200 1")
    yield chunked("CHUNKED", whole, "200 1", how=b"CHUNKED")
    for how in (
        b"identity",
        b"gzip",
        b"chunked, gzip",
        b"xchunked",
        b"chunkedx",
        b"\x0bchunked",
        b"chunked, chunked",
        b"",
        b"chunked;q=1",
    ):
        yield chunked(f"encoding {how.decode()!r}", whole, BAD, how=how)
    for how in (b"gzip, chunked", b"identity, chunked"):
        yield chunked(f"encoding {how.decode()!r}", whole, "200 1", how=how)
    for text in (b"-1", b"+5", b"0x1", b"g", b"", b" 5", b"5 5", b"ffffffffffffffffff", b"\xff"):
        yield chunked(f"a chunk of {text!r}", text + b"\r\n" + body + b"\r\n0\r\n\r\n", BAD)
    proof = proved(hand, "POST", CANCEL, body)
    endless = head(proof, CANCEL, b"Transfer-Encoding: chunked\r\n") + b"7fffffffffffffff\r\n" + body * 25_000
    yield Case("a chunk larger than everything", (endless, b""), "413 50413 end")
    yield chunked("a chunk with an extension", size + b";a=b\r\n" + body + b"\r\n0\r\n\r\n", "200 1")
    yield chunked("an extension with a line feed", size + b";a\nb\r\n" + body + b"\r\n0\r\n\r\n", BAD)
    yield chunked("a chunk without its end", size + b"\r\n" + body + b"0\r\n\r\n", BAD)
    yield chunked("a chunk that ends in a line feed", size + b"\n" + body + b"\n0\n\n", BAD)
    yield chunked("a chunk that is longer than it says", b"1\r\n" + body + b"\r\n0\r\n\r\n", BAD)
    ended = size + b"\r\n" + body + b"\r\n0\r\n"
    yield chunked("a trailer", ended + b"X: y\r\n\r\n", "200 1")
    yield chunked("a trailer that is none", ended + b"nothing\r\n\r\n", BAD)
    yield chunked("a proof in a trailer", ended + b"OK-ACCESS-SIGN: x\r\n\r\n", "200 1")
    yield chunked("a length in a trailer", ended + b"Content-Length: 5\r\n\r\n", BAD)
    yield chunked("a trailer that is too long", ended + b"X: " + b"y" * 70_000 + b"\r\n\r\n", LONG)


# -- one behind the other ---------------------------------------------------------------------------------------------


def sequences(hand: Hand) -> Iterator[Case]:
    one, body = get(), post(hand, NAMED.encode())
    yield Case("two at once", (one * 2,), "200 0 200 0")
    yield Case("a hundred at once", (one * 100,), " ".join(["200 0"] * 100))
    yield Case("of different kinds at once", (one + body + get("/nothing"),), "200 0 200 1 404 50404")
    yield Case("byte by byte", tuple(bytes([byte]) for byte in one), TAKEN)
    yield Case("split in the middle of a line end", (one[:-3], one[-3:]), TAKEN)
    fresh = post(hand, NAMED.encode() + b" ")
    yield Case(
        "head and body apart", (fresh[: fresh.index(b"\r\n\r\n") + 4], fresh[fresh.index(b"\r\n\r\n") + 4 :]), "200 1"
    )
    yield Case("garbage behind one", (one + b"\0\0\0\0",), "200 0 end")
    yield Case("garbage behind two", (one * 2 + b"nothing\r\n\r\n",), "200 0 200 0 end")
    yield Case("garbage later", (one, b"\0\0\0\0"), "200 0 400 50400 end")
    close = get(more=b"Connection: close\r\n")
    yield Case("one behind the last", (close + one,), "200 0 end")
    yield Case("one refused and one taken", (get("/nothing") + one,), "404 50404 200 0")
    hidden = post(hand, one)
    yield Case("a request inside a body", (hidden,), "400 50002")
    refused = post(hand, one, path="/nothing")
    yield Case("a request inside a body that is not read", (refused,), "404 50404")
    yield Case("half a request, and it leaves", (one[:20], b""), "end")
    yield Case("half a body, and it leaves", (fresh[:-10], b""), "end")
    cut = post(hand, NAMED.encode(), more=b"Content-Length: 500\r\n")
    yield Case("a signed body cut short, and it leaves", (cut, b""), "end")


# -- bodies as text ---------------------------------------------------------------------------------------------------


def texts(hand: Hand) -> Iterator[Case]:
    for name, text, answers in _texts():
        yield Case(f"body: {name}", (post(hand, text.encode("latin-1") if isinstance(text, str) else text),), answers)
    for name, value, answers in _batches():
        path = "/trade/cancel-batch-orders"
        yield Case(f"batch: {name}", (post(hand, json.dumps(value).encode(), path=path),), answers)


def _texts() -> Iterator[tuple[str, str | bytes, str]]:
    no = "400 50002"
    order = NAMED[:-1]
    yield from (
        ("nothing", "", "400 50000"),
        ("white space", " \t\r\n", "400 50000"),
        ("a vertical tab", "\x0b" + NAMED, no),
        ("white space around", f" \t\r\n{NAMED} \n", "200 1"),
        ("a space of another kind", "\xa0" + NAMED, no),
        ("a mark of byte order before", b"\xef\xbb\xbf" + NAMED.encode(), no),
        ("UTF-16", NAMED.encode("utf-16"), no),
        ("UTF-32", NAMED.encode("utf-32-le"), no),
        ("no UTF-8", NAMED[:-1].encode() + b',"x":"\xff"}', no),
        ("UTF-8 that is too long", NAMED[:-1].encode() + b',"x":"\xc0\xaf"}', no),
        ("a surrogate in UTF-8", NAMED[:-1].encode() + b',"x":"\xed\xa0\x80"}', no),
        ("packed", gzip.compress(NAMED.encode(), mtime=0), no),
        ("MessagePack", b"\x82\xa6instId\xa8BTC-USDT\xa5ordId\xa11", no),
        ("half an object", NAMED[:-1], no),
        ("two objects", NAMED * 2, no),
        ("a word behind", NAMED + "x", no),
        ("a NUL behind", NAMED + "\0", no),
        ("a comma behind", order + ",}", no),
        ("two commas", '{"a":1,,"b":2}', no),
        ("no colon", '{"a" 1}', no),
        ("a name without quotes", "{instId:1}", no),
        ("a name that is a number", "{1:1}", no),
        ("quotes of one stroke", "{'a':1}", no),
        ("a comment", "/* x */" + NAMED, no),
        ("a comment of a line", NAMED + "// x", no),
        ("the same name twice: the last counts", order + ',"ordId":"9000000000000000001"}', "200 1"),
        ("the same name twice: the last is no name", order + ',"ordId":[1]}', "200 1"),
        ("NaN", order + ',"sz":NaN}', no),
        ("infinity", order + ',"sz":Infinity}', no),
        ("below infinity", order + ',"sz":-Infinity}', no),
        ("undefined", order + ',"sz":undefined}', no),
        ("True", order + ',"sz":True}', no),
        ("a number with a zero before", order + ',"x":01}', no),
        ("a number with a plus", order + ',"x":+1}', no),
        ("a number without a digit before", order + ',"x":.5}', no),
        ("a number without a digit behind", order + ',"x":1.}', no),
        ("a number of sixteen", order + ',"x":0x10}', no),
        ("half an exponent", order + ',"x":1e}', no),
        ("a minus alone", order + ',"x":-}', no),
        ("a number with a grouping", order + ',"x":1_000}', no),
        ("a huge exponent", order + ',"x":1e400}', "200 1"),
        ("a thousand digits", order + ',"x":' + "9" * 1_000 + "}", "200 1"),
        ("a hundred thousand digits", order + ',"x":' + "9" * 100_000 + "}", no),
        ("a control letter in a text", order + ',"x":"\x01"}', no),
        ("a line end in a text", order + ',"x":"a\nb"}', no),
        ("an escape that is none", order + ',"x":"\\q"}', no),
        ("half an escape", order + ',"x":"\\u12"}', no),
        ("a NUL as an escape", order + ',"x":"\\u0000"}', "200 1"),
        ("half a surrogate", order + ',"x":"\\ud800"}', no),
        ("a pair of surrogates", order + ',"x":"\\ud83d\\ude00"}', "200 1"),
        ("a text without an end", order + ',"x":"a}', no),
        ("a text", '"x"', "400 51000"),
        ("a number", "1", "400 51000"),
        ("null", "null", "400 51000"),
        ("true", "true", "400 51000"),
        ("a list", "[]", "400 51000"),
        ("a list of one", f"[{NAMED}]", "400 51000"),
        ("an empty object", "{}", "200 1"),
        ("deep lists", "[" * 100_000, no),
        ("deep lists that end", "[" * 5_000 + "]" * 5_000, no),
        ("deep objects", '{"a":' * 100_000, no),
        ("ten thousand names", json.dumps({f"x{place}": 1 for place in range(10_000)} | json.loads(NAMED)), "200 1"),
        ("a long name", order + ',"' + "x" * 100_000 + '":1}', "200 1"),
        ("a name in capitals", NAMED.replace("ordId", "ORDID"), "200 1"),
        ("a name with a NUL", NAMED.replace("ordId", "ordId\\u0000"), "200 1"),
        ("a name of a class", order + ',"__proto__":{"a":1},"__class__":"x"}', "200 1"),
        ("a form", "instId=BTC-USDT&ordId=1", no),
        ("a form in parts", '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n', no),
        ("XML", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', no),
    )


def _batches() -> Iterator[tuple[str, Any, str]]:
    row = json.loads(NAMED)
    yield from (
        ("none", [], "400 51000"),
        ("an object", row, "400 51000"),
        ("a list in a list", [[row]], "400 51000"),
        ("null among them", [row, None], "400 51000"),
        ("a text among them", [row, "x"], "400 51000"),
        ("twenty", [row] * 20, "200 1"),
        ("twenty-one", [row] * 21, "200 51111"),
        ("a thousand", [row] * 1_000, "200 51111"),
        ("one of nothing", [row, {}], "200 1"),
        ("names of every kind", [{"instId": 1, "ordId": {}}, {"instId": ["x"], "ordId": 1.5}, ORDER], "200 1"),
    )


# -- upgrades ---------------------------------------------------------------------------------------------------------


def upgrades() -> Iterator[Case]:
    asked = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}

    def one(
        name: str,
        answers: str,
        target: str = "/ws/v5/public",
        version: str = "HTTP/1.1",
        method: str = "GET",
        **changed: str,
    ) -> Case:
        told = asked | {name.replace("_", "-"): value for name, value in changed.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
        return Case(f"upgrade: {name}", (get(target, version, lines.encode("latin-1"), method),), answers)

    yield one("as it should be", "101")
    yield one("as Firefox asks", "101", Connection="keep-alive, Upgrade")
    yield one("in other letters", "101", Upgrade="WebSocket", Connection="upgrade")
    yield one("with a query", "101", "/ws/v5/public?brokerId=9999")
    yield one("with an offer to compress", "101", Sec_WebSocket_Extensions="permessage-deflate")
    yield one("with a subprotocol", "101", Sec_WebSocket_Protocol="mqtt")
    yield one("with a header of odd letters", "101", X="\xff\xfe")
    yield one("without a key", BAD, Sec_WebSocket_Key="")
    yield one("with a short key", BAD, Sec_WebSocket_Key="AAAA")
    yield one("with a key that is no base64", BAD, Sec_WebSocket_Key="!" * 24)
    yield one("with a key of high bytes", BAD, Sec_WebSocket_Key="\xff" * 24)
    yield one("without a version", BAD, Sec_WebSocket_Version="")
    yield one("of version 12", BAD, Sec_WebSocket_Version="12")
    yield one("of version 13, 8", BAD, Sec_WebSocket_Version="13, 8")
    yield one("by POST", BAD, method="POST")
    yield one("in HTTP/1.0", BAD, version="HTTP/1.0")
    yield one("where there is nothing", "404 50404 end", "/ws/v5/nothing")
    yield one("of a path of REST", "404 50404 end", TIME)
    yield one("that nobody connects", "404 50404", Connection="")
    yield one("to nothing", "404 50404", Upgrade="")
    yield one("to HTTP/2", "404 50404", Upgrade="h2c")
    yield one("to TLS", "404 50404", Upgrade="TLS/1.0")
    (asking,) = one("", "").sent
    yield Case("upgrade: behind a request", (get() + asking,), "200 0 end")
    yield Case("upgrade: twice", (asking, asking), "101")
