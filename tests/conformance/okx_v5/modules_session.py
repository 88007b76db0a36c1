"""Runs in the environment of python-okx or of okx: the first line says which and configures it.

Each further line calls a method of one of its classes: `["Trade.place_order", {arguments}]`.
"""

import importlib
import inspect
import json
import sys
import warnings
from typing import Any


def python_okx(config: dict[str, Any], name: str) -> Any:
    module = importlib.import_module(f"okx.{name}")
    key = config["credentials"]
    (make,) = [kind for kind in vars(module).values() if getattr(kind, "__name__", "").endswith("API")]
    return make(key["apiKey"], key["secret"], key["password"], flag=config["flag"], domain=config["rest"], debug=False)


def okx(config: dict[str, Any], name: str) -> Any:
    key = config["credentials"]
    make = getattr(importlib.import_module("okx.api"), name)
    return make(key["apiKey"], key["secret"], key["password"], flag=config["flag"], proxy_host=config["rest"])


def methods(make: Any, config: dict[str, Any], classes: list[str]) -> dict[str, dict[str, bool]]:
    """Each method of some classes, with its parameters: whether each must be given."""
    found = {}
    for name in classes:
        kind = type(make(config, name))
        for method, code in vars(kind).items():
            if inspect.isfunction(code) and not method.startswith("_"):
                parameters = [one for one in inspect.signature(code).parameters.values() if one.name != "self"]
                found[f"{name}.{method}"] = {one.name: one.default is one.empty for one in parameters}
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    config = json.loads(sys.stdin.readline())
    make = {"python-okx": python_okx, "okx": okx}[config["client"]]
    made: dict[str, Any] = {}
    answers, sys.stdout = sys.stdout, sys.stderr  # what a client prints is no answer
    for line in sys.stdin:
        called, arguments = json.loads(line)
        name, _, method = called.partition(".")
        if called == "methods":
            print(json.dumps({"result": methods(make, config, arguments)}), file=answers, flush=True)
            continue
        try:
            if name not in made:
                made[name] = make(config, name)
            call = getattr(made[name], method)
            result = call(arguments) if isinstance(arguments, list) else call(**arguments)
            answer = {"result": result}
        except Exception as error:  # whatever the client raises is told
            answer = {"raised": [kind.__name__ for kind in type(error).__mro__], "message": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
