"""A small DNS server on loopback, over UDP; what it answers is a dictionary that a test may change meanwhile."""

import socket
import threading

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsHere:
    """Answers between enter, which gives ADDRESS:PORT, and exit."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}  # name and type to texts
        self.asked: list[tuple[str, str]] = []
        self.is_silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def set(self, name: str, kind: str, *texts: str) -> None:
        self.records[name, kind] = list(texts)

    def _serve(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(4096)
            if not data:
                return
            if not self.is_silent:
                self._socket.sendto(self._answer(dns.message.from_wire(data)).to_wire(), sender)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        name, kind = question.name.to_text().removesuffix("."), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        answer = dns.message.make_response(query)
        alias = self.records.get((name, "CNAME"))
        if alias:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "CNAME", f"{alias[0]}."))
            name = alias[0]
        found = self.records.get((name, kind))
        if found:
            texts = [f'"{text}"' for text in found] if kind == "TXT" else found
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *texts))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    def __enter__(self) -> "DnsHere":
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ender:
            ender.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()
