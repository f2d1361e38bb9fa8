from __future__ import annotations

from datetime import date

from interfaces.langchain import VedetteRetriever
from service.wiring import Home


def test_it_gives_passages_that_can_be_cited_and_nothing_above_its_clearance(demo_home: Home) -> None:
    path = str(demo_home.path)
    found = VedetteRetriever(home=path, k=6).invoke("Fischerboot gesunken nach Kollision")
    assert len(found) == 6
    assert all(one.metadata["label"] == "open" and one.page_content for one in found)
    assert len({one.metadata["document_id"] for one in found}) == 6
    everything = VedetteRetriever(home=path, k=20, sources=("Embassy Beijing", "MFA Hanoi"), clearance="secret")
    assert {one.metadata["label"] for one in everything.invoke("giàn khoan")} >= {"confidential"}


def test_filters_and_as_of_hold(demo_home: Home) -> None:
    path = str(demo_home.path)
    found = VedetteRetriever(home=path, langs=("ru",), as_of=date(2014, 5, 5)).invoke("oil rig")
    assert found
    assert all(one.metadata["lang"] == "ru" and one.metadata["published"] < "2014-05-06" for one in found)
