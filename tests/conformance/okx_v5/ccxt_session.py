"""Runs in ccxt's environment: the first line of input configures an exchange, each further line is a call on it."""

import json
import sys
from typing import Any

import ccxt  # type: ignore[import-not-found]


def main() -> None:
    config = json.loads(sys.stdin.readline())
    exchange = ccxt.okx({**config["credentials"], "enableRateLimit": False})
    if config.get("sandbox"):
        exchange.set_sandbox_mode(True)  # which puts OKX's own address in place
    exchange.urls["api"]["rest"] = config["rest"]  # the one line that a program has to change
    exchange.number = str  # as they came, not as floats
    for line in sys.stdin:
        method, *arguments = json.loads(line)
        print(json.dumps(outcome(exchange, method, arguments)), flush=True)


def outcome(exchange: Any, method: str, arguments: list[Any]) -> dict[str, Any]:
    try:
        match method:
            case "change":
                setattr(exchange, *arguments)
                return {"result": None}
            case "methods":
                return {"result": [exchange.un_camel_case(name) for name, is_there in exchange.has.items() if is_there]}
            case "freeze_clock":
                now = exchange.nonce()
                exchange.nonce = lambda: now
                return {"result": None}
            case _:
                return {"result": getattr(exchange, method)(*arguments)}
    except ccxt.BaseError as error:
        names = [kind.__name__ for kind in type(error).__mro__ if issubclass(kind, ccxt.BaseError)]
        return {"raised": names, "message": str(error)}


if __name__ == "__main__":
    main()
