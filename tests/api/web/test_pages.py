from __future__ import annotations

import base64
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from matchloop_api.operations import BEYOND, OPERATIONS
from matchloop_api.store import (
    AccessKey,
    Progress,
    Resource,
    RunStatus,
    RunType,
    Store,
    TaskRun,
    Transform,
)
from matchloop_api.tasks.reports import keep_report

if TYPE_CHECKING:
    from api.conftest import Server

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TRANSFORM = "tfm-" + "0" * 40


def look(server: Server, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(server.url + path, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def fill(store: Store) -> None:
    with store.writing() as tx:
        tx.transforms.add(
            Transform(
                id=TRANSFORM,
                name="<b>shop</b>",
                status="READY",
                created_at=NOW,
                modified_at=NOW,
                definition={"InputRecordTables": [{"DatabaseName": "d", "TableName": "t"}]},
                schema=(),
                label_count=1200,
                evaluation={"FindMatchesMetrics": {"Precision": 0.75}},
            )
        )
        for number in (1, 2):
            tx.runs.add(
                TaskRun(
                    id=f"tsk-{number:040}",
                    type=RunType.EVALUATION,
                    status=RunStatus.STARTING,
                    transform_id=TRANSFORM,
                    arguments={"JobName": "nightly"},
                    log_group="/aws-glue/ml",
                    started_at=NOW,
                    modified_at=NOW,
                    timeout_s=60,
                )
            )
            tx.runs.claim("worker", now=NOW, lease_s=60)
        tx.runs.move(f"tsk-{1:040}", RunStatus.FAILED, now=NOW, error="no <labels>")
        working = Progress(percent=43.2, stage="comparing", pairs=1_234_567, left_s=95)
        tx.runs.report(f"tsk-{2:040}", 1, working, now=NOW)


def test_the_console_shows_transforms_and_task_runs(server: Server) -> None:
    fill(server.store)
    status, _, page = look(server, "/console")
    assert status == 200
    for shown in ("1,200", "failed", "no &lt;labels&gt;", "43 %", "comparing", "1,234,567"):
        assert shown in page
    assert "1 min 35 s" in page
    assert "&lt;b&gt;shop&lt;/b&gt;" in page
    assert "<b>" not in page
    assert 'http-equiv="refresh"' in page


def test_a_transform_and_a_task_run_have_pages(server: Server) -> None:
    fill(server.store)
    _, _, page = look(server, f"/console/transforms/{TRANSFORM}")
    assert "Precision" in page
    assert "0.750" in page
    log = server.settings.data_dir / "logs" / "aws-glue" / "ml" / f"tsk-{1:040}.log"
    log.parent.mkdir(parents=True)
    log.write_text("began\n<script>\n", encoding="utf-8")
    _, _, page = look(server, f"/console/runs/tsk-{1:040}")
    for shown in ("no &lt;labels&gt;", "JobName", "nightly", "began", "&lt;script&gt;"):
        assert shown in page


def test_an_empty_console_says_what_to_do(server: Server) -> None:
    _, _, page = look(server, "/console")
    assert "CreateMLTransform" in page
    assert 'http-equiv="refresh"' not in page


@pytest.mark.parametrize("path", ["/console/transforms/x", "/console/runs/x", "/static/x", "/nope"])
def test_what_is_not_there_is_not_found(server: Server, path: str) -> None:
    assert look(server, path)[0] == 404


def test_browsers_are_led_to_the_console_and_programs_to_the_reference(server: Server) -> None:
    assert "Task runs" in look(server, "/", accept="text/html")[2]
    assert '"docs":"/docs"' in look(server, "/", accept="*/*")[2].replace(" ", "")


@pytest.mark.parametrize("path", ["/console", "/docs"])
def test_a_page_loads_nothing_from_elsewhere(server: Server, path: str) -> None:
    _, headers, page = look(server, path)
    assert (
        "default-src 'none'"
        in {k.lower(): v for k, v in headers.items()}["content-security-policy"]
    )
    loaded = re.findall(r"""(?:src|href)=["']([^"'#]+)""", page)
    assert [one for one in loaded if not one.startswith(("/", "data:,"))] == []
    for one in set(loaded) - {"data:,"}:
        assert look(server, one)[0] == 200, one


def test_the_reference_names_every_operation_and_every_link_leads_somewhere(
    server: Server,
) -> None:
    _, _, page = look(server, "/docs")
    offered = {**OPERATIONS, **BEYOND}
    assert [name for name in offered if f"POST /v1/{name}<" not in page] == []
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors


def test_pages_of_other_sites_see_nothing(server: Server) -> None:
    assert look(server, "/console", host="evil.example")[0] == 403
    assert look(server, "/console", origin="http://evil.example")[0] == 403


class TestWithKeys:
    @pytest.fixture
    def guarded(self, start_server: Callable[..., Server]) -> Server:
        server = start_server()
        with server.store.writing() as tx:
            for key in (
                AccessKey(id="AKIDONE", secret="one", role="reader", name="a", created_at=NOW),
                AccessKey(
                    id="AKIDOLD",
                    secret="old",
                    role="admin",
                    name="b",
                    created_at=NOW,
                    revoked_at=NOW,
                ),
            ):
                tx.keys.add(key)
        return server

    @pytest.mark.parametrize("path", ["/", "/console", "/docs", "/openapi.json"])
    def test_pages_ask_for_an_access_key(self, guarded: Server, path: str) -> None:
        status, headers, _ = look(guarded, path)
        assert status == 401
        assert {k.lower(): v for k, v in headers.items()}["www-authenticate"].startswith("Basic")

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            ("AKIDONE:one", 200),
            ("AKIDONE:two", 401),
            ("AKIDOLD:old", 401),
            ("nobody:nobody", 401),
            (":", 401),
            ("AKIDONE", 401),
        ],
    )
    def test_a_key_and_its_secret_sign_in(self, guarded: Server, given: str, status: int) -> None:
        told = "Basic " + base64.b64encode(given.encode()).decode()
        assert look(guarded, "/console", authorization=told)[0] == status

    def test_nonsense_does_not_sign_in(self, guarded: Server) -> None:
        for told in ("Basic !", "Basic /w==", "Bearer x", "Basic"):
            assert look(guarded, "/console", authorization=told)[0] == 401

    def test_a_proxied_request_without_tls_is_told_to_use_it(self, guarded: Server) -> None:
        status, _, page = look(guarded, "/console", x_forwarded_for="10.1.2.3")
        assert status == 403
        assert "TLS" in page
        secure = {"x_forwarded_for": "10.1.2.3", "x_forwarded_proto": "https"}
        assert look(guarded, "/console", **secure)[0] == 401

    def test_health_is_told_without_a_key(self, guarded: Server) -> None:
        assert look(guarded, "/healthz")[0] == 200


def test_health_tells_the_version(server: Server) -> None:
    status, _, told = look(server, "/healthz")
    assert status == 200
    assert '"status":"ok"' in told


def test_every_answer_has_a_request_id(server: Server) -> None:
    for path in ("/healthz", "/console", "/nope"):
        assert "x-amzn-requestid" in {name.lower() for name in look(server, path)[1]}


def test_a_report_and_a_crawl_are_seen(server: Server) -> None:
    fill(server.store)
    found = {"f1": {"value": 0.875, "low": 0.8, "high": 0.91}, "rows": [{"set": "<i>"}], "no": []}
    with server.store.writing() as tx:
        for number, kind in ((3, RunType.HONEST_QUALITY), (4, RunType.CRAWL)):
            tx.runs.add(
                TaskRun(
                    id=f"tsk-{number:040}",
                    type=kind,
                    status=RunStatus.STARTING,
                    transform_id=None if kind is RunType.CRAWL else TRANSFORM,
                    arguments={"CrawlerName": "spider"} if kind is RunType.CRAWL else {},
                    log_group="/aws-glue/ml",
                    started_at=NOW,
                    modified_at=NOW,
                    timeout_s=60,
                )
            )
            tx.runs.claim("worker", now=NOW, lease_s=60)
        made = tx.runs.get(f"tsk-{3:040}")
        assert made is not None
        keep_report(tx, made, found)
        tx.runs.move(made.id, RunStatus.SUCCEEDED, now=NOW)
        tx.resources.add(
            Resource(
                kind="crawler",
                name="spider",
                body={"Runs": [f"tsk-{4:040}"]},
                created_at=NOW,
                modified_at=NOW,
            )
        )
    _, _, console = look(server, "/console")
    _, _, page = look(server, f"/console/runs/tsk-{3:040}")
    _, _, told = look(server, f"/console/runs/tsk-{3:040}/report.json")

    assert f'href="/console/runs/tsk-{3:040}#report"' in console
    assert "crawler spider" in console
    assert "0.875 [0.8, 0.91]" in page
    assert "&lt;i&gt;" in page
    assert json.loads(told) == found
    assert look(server, f"/console/runs/tsk-{1:040}/report.json")[0] == 404
    assert "crawl" in look(server, f"/console/runs/tsk-{4:040}")[2]
