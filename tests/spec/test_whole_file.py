"""Files that are there whole or not at all."""

import multiprocessing
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from commonbook.administration.checkpoint import AuditKey
from commonbook.identity.sealing import Seal
from commonbook.whole_file import write_once


def sealed_once(folder: str) -> str:
    return Seal.open(Path(folder)).blinded("test", "x")


def test_of_many_who_write_a_file_at_once_the_first_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "file.key"
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda number: write_once(path, b"%d" % number * 1_000), range(200)))
    content = path.read_bytes()
    assert content == content[: len(content) // 1_000] * 1_000
    write_once(path, b"another")
    assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_i1_processes_that_start_at_once_have_one_master_key(tmp_path: Path) -> None:
    """The processes of a first start each look for it; two keys would leave secrets that nobody can read."""
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        for number in range(10):
            folder = tmp_path / str(number)
            assert len(set(pool.map(sealed_once, [str(folder)] * 24, chunksize=1))) == 1


def test_the_hosts_key_is_made_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: AuditKey.open(tmp_path), range(64)))
    assert len({key.sign(b"x") for key in keys}) == 1
