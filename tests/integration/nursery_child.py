"""What the children of test_nursery.py do."""

import json
import os
import sys
import time

import integration.nursery_child as loaded

LOADED_BY = os.getpid()


def tell() -> None:
    """The world as it is found, a line of JSON."""
    descriptors = {int(name): os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")[:-1]}
    told = {
        "pid": os.getpid(),
        "loaded_by": loaded.LOADED_BY,
        "argv": sys.argv,
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "heard": sys.stdin.readline(),
        "descriptors": sorted(descriptors),
    }
    print(json.dumps(told))
    print("to standard error", file=sys.stderr)
    sys.exit(7)


def fail() -> None:
    raise ValueError("a bug")


def stay() -> None:
    time.sleep(600)
