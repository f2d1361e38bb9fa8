"""The encoder changed on a home with the bundled documents and real models, and killed in the middle."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from service import embedding
from service.demo import corpus
from service.pipeline import ingest_documents
from service.search import Query, search
from service.wiring import Home, open_home

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = ("Chinese drilling rig near the Paracel islands", "giàn khoan Hải Dương 981", "протест", "钻井平台 南海",
             "coast guard collision", "fishing boat sank")  # fmt: skip
N = 150


def asked(home: Home) -> list[list[tuple[str, float]]]:
    found = search(home, [Query(q, q) for q in QUESTIONS], k=5, mode="dense")
    return [[(hit.document_id, round(hit.score, 4)) for hit in one.hits] for one in found]


def counted(home: Path, what: str, encoder: str) -> int:
    connection = sqlite.connect(f"file:{home / 'vedette.db'}?mode=ro", uri=True)
    try:
        query = f"SELECT {what} FROM vectors WHERE encoder LIKE ?"
        return int(connection.execute(query, (f"{encoder}@%",)).fetchone()[0])
    finally:
        connection.close()


def made(home: Path, encoder: str) -> int:
    return counted(home, "count(*)", encoder)


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_and_changes_when_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEDETTE_MODELS__RECOGNISERS", "false")
    home = open_home(tmp_path / "home")
    assert ingest_documents(home, islice(corpus.documents(), N)).new == N
    before = asked(home)
    total = made(home.path, "use-multilingual-v3")
    assert not embedding.use(home, "minilm-l6").complete

    command = [sys.executable, "-m", "interfaces", "models", "embed", "--home", str(home.path)]
    working = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + 200
        while not made(home.path, "minilm-l6"):
            assert working.poll() is None, working.stderr and working.stderr.read()
            assert time.monotonic() < until
            time.sleep(0.01)
    finally:
        working.kill()
        working.communicate()
    partly = made(home.path, "minilm-l6")
    assert 0 < partly < total
    # Nothing has changed for who searches, with the home open already or opened now.
    fresh = open_home(home.path)
    assert asked(home) == asked(fresh) == before
    active, wanted = embedding.standing(fresh)
    assert (active.name, wanted.name, wanted.vectors) == ("use-multilingual-v3", "minilm-l6", partly)
    assert wanted.state == "waiting"

    done = embedding.embed(fresh)
    assert (done.made, done.complete) == (total - partly, True)  # what was stored was not made again
    changed = asked(home)
    assert changed == asked(fresh) != before
    assert home.encoder.id == "minilm-l6@0.1.0"

    assert embedding.use(home, "use-multilingual-v3").complete
    assert asked(home) == asked(fresh) == before
    size = counted(home.path, "sum(length(vector) + length(coalesce(parts, x'')))", "minilm-l6")
    assert size > total * 768  # those of the sentences too
    assert embedding.prune(home) == {"minilm-l6@0.1.0": (total, size)}
    assert asked(home) == before
    fresh.close()
    home.close()
