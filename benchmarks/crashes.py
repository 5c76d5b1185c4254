"""Kill a live server's processes at random moments, then see whether anything was lost.

A client sends imports, questions, jobs and cancellations over boto3 all the while. Web process,
its worker, a second worker and the processes that carry out runs are ended with ``kill -9`` and
started again. Afterwards everything is compared with a model of what was accepted::

    python benchmarks/crashes.py --kills 200
    python benchmarks/crashes.py --kills 200 --database-url postgresql://user@host/empty_database

What must hold: every accepted run is in its right final state; the ledger has one entry for each
import that succeeded and none for others; the labels are those entries put together in order; there
is a whole file for each run that wrote one, and no other; no process is left; SQLite's integrity
check passes.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from matchloop_api.store import EventKind, open_store

PEOPLE = Path(__file__).resolve().parents[1] / "data" / "people.csv"
TRUTH = PEOPLE.with_name("people_truth.csv")
SETS, ROWS = 40, 10
FINAL = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}
AT_ONCE = 6
LIKELY = {"run": 10.0, "worker": 1.0, "web": 1.0}
PATIENCE_S = 900.0


@dataclass
class Summary:
    """What happened, and what is wrong."""

    store: str
    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    unanswered: int = 0
    labels: int = 0
    entries: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Asked:
    """What the client knows of a run it has asked for."""

    kind: str
    name: str
    run_id: str | None = None
    cancelled: bool = False


class Processes:
    """A web process with its worker, and a second worker; any of them may die."""

    def __init__(self, folder: Path, database_url: str, environment: dict[str, str]) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = (folder.parent / "processes.log").open("ab")
        self.environment = {
            **os.environ,
            **environment,
            "MATCHLOOP_DATA_DIR": str(folder),
            "MATCHLOOP_DATABASE_URL": database_url,
        }
        self.web = self._start("serve", "--port", str(self.port))
        self.worker = self._start("worker")
        self.seen: set[int] = set()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "matchloop", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def revive(self) -> None:
        """Start again what has died."""
        if self.web.poll() is not None:
            self.web = self._start("serve", "--port", str(self.port))
        if self.worker.poll() is not None:
            self.worker = self._start("worker")

    def candidates(self) -> dict[str, list[int]]:
        """Return the processes by what they are."""
        found: dict[str, list[int]] = {"web": [], "worker": [], "run": []}
        if self.web.poll() is None:
            found["web"] = [self.web.pid]
        mine = _descendants([self.web.pid, self.worker.pid])
        for pid in mine:
            words = _command(pid)
            if "worker" in words and "matchloop" in words:
                found["worker"].append(pid)
            elif _is_carrying(pid):
                found["run"].append(pid)
        self.seen |= set(mine)
        return found

    def stop(self) -> None:
        """Stop them, gracefully."""
        for one in (self.web, self.worker):
            one.terminate()
        for one in (self.web, self.worker):
            one.wait(60)
        self.log.close()


class Client:
    """Sends requests, and keeps a model of what was accepted."""

    def __init__(self, processes: Processes, rng: random.Random, summary: Summary) -> None:
        self.processes = processes
        self.folder = processes.folder
        self.rng = rng
        self.summary = summary
        self.asked: list[Asked] = []
        self.labels: dict[str, tuple[bool, dict[tuple[str, str], str]]] = {}
        self.transform = ""
        self.glue: Any = boto3.client(
            "glue",
            endpoint_url=processes.url,
            region_name="us-east-1",
            aws_access_key_id="anyone",
            aws_secret_access_key="anything",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60, connect_timeout=5),
        )
        self.people = PEOPLE.read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(self.people)))
        self.header, self.rows = rows[0], rows[1:]
        with TRUTH.open(encoding="utf-8") as file:
            self.truth = {row["id"]: row["person"] for row in csv.DictReader(file)}

    def prepare(self) -> None:
        """Make the catalog, the transform, its first labels and the job; nothing is killed yet."""
        table = self.folder / "people"
        table.mkdir(parents=True, exist_ok=True)
        (table / "people.csv").write_text(self.people, encoding="utf-8")
        until(self.answers, patience_s=60.0)
        self.glue.create_database(DatabaseInput={"Name": "db"})
        self.glue.create_table(
            DatabaseName="db",
            TableInput={
                "Name": "people",
                "StorageDescriptor": {
                    "Columns": [{"Name": name, "Type": "string"} for name in self.header],
                    "Location": f"file://{table}/",
                },
                "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
            },
        )
        self.transform = self.glue.create_ml_transform(
            Name="people",
            Role="role",
            InputRecordTables=[{"DatabaseName": "db", "TableName": "people"}],
            Parameters={
                "TransformType": "FIND_MATCHES",
                "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
            },
        )["TransformId"]
        self.ask_import(replace_all=False)
        until(lambda: self.run(self.asked[0])["Status"] == "SUCCEEDED")
        self.glue.create_job(
            Name="match",
            Role="role",
            Command={"Name": "glueetl", "ScriptLocation": "builtin:find-matches"},
            ExecutionProperty={"MaxConcurrentRuns": 100},
            DefaultArguments={
                "--TransformId": self.transform,
                "--OutputPath": f"file://{self.folder}/out/jobs",
            },
        )

    def answers(self) -> bool:
        """Tell whether the server answers."""
        with suppress(BotoCoreError, ClientError):
            self.glue.get_databases()
            return True
        return False

    def run(self, asked: Asked) -> dict[str, Any]:
        """Return a run as the server tells it."""
        found: dict[str, Any] = self.glue.get_ml_task_run(
            TransformId=self.transform, TaskRunId=asked.run_id
        )
        return found

    def step(self) -> None:
        """Send one request, whether or not anyone is there to answer."""
        if self._active() >= AT_ONCE:
            time.sleep(0.05)
            return
        choices: list[tuple[float, Callable[[], None]]] = [
            (0.50, lambda: self.ask_import(replace_all=False)),
            (0.10, lambda: self.ask_import(replace_all=True)),
            (0.05, self.ask_bad_import),
            (0.12, self.ask_questions),
            (0.10, self.ask_job),
            (0.13, self.cancel),
        ]
        weights = [weight for weight, _ in choices]
        self.rng.choices([what for _, what in choices], weights)[0]()

    def _active(self) -> int:
        """Return how many runs are at work, as far as can be seen."""
        with suppress(BotoCoreError, ClientError):
            answer = self.glue.get_ml_task_runs(TransformId=self.transform, MaxResults=50)
            return sum(run["Status"] not in FINAL for run in answer["TaskRuns"])
        time.sleep(0.05)
        return AT_ONCE

    def ask_import(self, *, replace_all: bool) -> None:
        """Import a label file of its own."""
        name = f"labels-{len(self.asked):05d}.csv"
        written: dict[tuple[str, str], str] = {}
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["labeling_set_id", "label", *self.header])
        for number, drawn in enumerate(self.rng.sample(range(3 * SETS), SETS)):
            set_id = f"set-{drawn}-{number % 2}"  # an id stands for one set of rows in a file
            for row in self.rng.sample(self.rows, ROWS):
                label = f"{self.truth[row[0]]}-{len(self.asked)}"
                if (set_id, row[0]) not in written:
                    writer.writerow([set_id, label, *row])
                    written[set_id, row[0]] = label
        path = self.folder / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(out.getvalue(), encoding="utf-8")
        self.labels[f"file://{path}"] = (replace_all, written)
        self._ask(
            Asked("import", f"file://{path}"),
            lambda: self.glue.start_import_labels_task_run(
                TransformId=self.transform,
                InputS3Path=f"file://{path}",
                ReplaceAllLabels=replace_all,
            ),
        )

    def ask_bad_import(self) -> None:
        """Import a file that must be refused."""
        path = self.folder / "in" / f"bad-{len(self.asked):05d}.csv"
        path.parent.mkdir(exist_ok=True)
        head = ",".join(["labeling_set_id", "label", *self.header])
        path.write_text(f"{head}\nonly,three,cells\n", encoding="utf-8")
        self._ask(
            Asked("bad import", f"file://{path}"),
            lambda: self.glue.start_import_labels_task_run(
                TransformId=self.transform, InputS3Path=f"file://{path}"
            ),
        )

    def ask_questions(self) -> None:
        """Have a labelling file written."""
        name = f"file://{self.folder}/out/questions-{len(self.asked):05d}"
        self._ask(
            Asked("questions", name),
            lambda: self.glue.start_ml_labeling_set_generation_task_run(
                TransformId=self.transform, OutputS3Path=name
            ),
        )

    def ask_job(self) -> None:
        """Start a run of the job."""
        asked = Asked("job", f"file://{self.folder}/out/job-{len(self.asked):05d}")
        self.asked.append(asked)
        try:
            self.glue.start_job_run(JobName="match", Arguments={"--OutputPath": asked.name})
        except BotoCoreError:
            self.summary.unanswered += 1

    def cancel(self) -> None:
        """Cancel one of the latest runs."""
        known = [one for one in self.asked[-8:] if one.run_id]
        if not known:
            return
        asked = self.rng.choice(known)
        asked.cancelled = True  # whether or not the answer comes
        with suppress(BotoCoreError):
            self.glue.cancel_ml_task_run(TransformId=self.transform, TaskRunId=asked.run_id)

    def _ask(self, asked: Asked, send: Callable[[], Any]) -> None:
        self.asked.append(asked)
        try:
            asked.run_id = send()["TaskRunId"]
        except BotoCoreError:  # accepted or not: the list of runs will tell
            self.summary.unanswered += 1

    def task_runs(self) -> Iterator[dict[str, Any]]:
        """Return every run of the transform."""
        token: dict[str, str] = {}
        while True:
            answer = self.glue.get_ml_task_runs(
                TransformId=self.transform, MaxResults=1000, **token
            )
            yield from answer["TaskRuns"]
            if "NextToken" not in answer:
                return
            token = {"NextToken": answer["NextToken"]}


def campaign(
    *,
    kills: int,
    seed: int,
    folder: Path,
    database_url: str = "",
    pause_s: float = 0.5,
    minutes: float = 60.0,
) -> Summary:
    """Kill as often as asked, let everything end, and compare it with the model."""
    begun = time.monotonic()
    rng = random.Random(seed)
    summary = Summary(store=database_url.partition(":")[0] or "sqlite", seed=seed)
    folder = folder / "data"
    folder.mkdir()
    environment = {
        "MATCHLOOP_LEASE_S": "1.5",
        "MATCHLOOP_MAX_ATTEMPTS": "10000",
        "MATCHLOOP_MAX_RUNS": "1000",
        "MATCHLOOP_MAX_RUNS_PER_TRANSFORM": "1000",
        "MATCHLOOP_STOP_GRACE_S": "0.5",
        "NUMBA_NUM_THREADS": "1",
    }
    processes = Processes(folder, database_url, environment)
    try:
        client = Client(processes, random.Random(seed + 1), summary)
        client.prepare()
        done = threading.Event()
        faults: list[BaseException] = []
        thread = threading.Thread(target=_send, args=(client, done, faults), daemon=True)
        thread.start()
        end = begun + 60.0 * minutes
        while sum(summary.kills.values()) < kills and not faults and time.monotonic() < end:
            processes.revive()
            patience_s = 120.0 if rng.random() < 0.9 else 1.0  # kill those that only begin, too
            with suppress(AssertionError):
                until(lambda: processes.candidates()["run"], patience_s=patience_s)
            time.sleep(pause_s * 10.0 ** rng.uniform(-2.0, 1.0))  # at its start or near its end
            _kill_one(processes, rng, summary)
        done.set()
        thread.join(PATIENCE_S)
        summary.wrong += [f"the client failed: {fault!r}" for fault in faults]

        def answers() -> bool:
            processes.revive()
            return client.answers()

        until(answers)
        until(lambda: all(run["Status"] in FINAL for run in client.task_runs()))
        _judge(client, summary)
    finally:
        processes.stop()
    _judge_processes(processes, summary)
    if not database_url:
        with closing(sqlite3.connect(folder / "matchloop.sqlite")) as database:
            for (line,) in database.execute("PRAGMA integrity_check"):
                if line != "ok":
                    summary.wrong.append(f"integrity check: {line}")
    summary.seconds = round(time.monotonic() - begun, 1)
    return summary


def _send(client: Client, done: threading.Event, faults: list[BaseException]) -> None:
    while not done.is_set():
        try:
            client.step()
        except Exception as error:  # a ClientError among them: nothing may be refused
            faults.append(error)
            return


def _kill_one(processes: Processes, rng: random.Random, summary: Summary) -> None:
    """Kill one process: a run's rather than a worker's, a worker's rather than the web's."""
    found = {kind: pids for kind, pids in processes.candidates().items() if pids}
    if not found:
        return
    kinds = sorted(found)
    kind = rng.choices(kinds, [LIKELY[kind] for kind in kinds])[0]
    killed = rng.choice(found[kind])
    with suppress(ProcessLookupError):
        os.kill(killed, signal.SIGKILL)
        summary.kills[kind] += 1
        # it takes a while to die, and what still seems to live is not started again
        until(lambda: killed not in _descendants([killed]), patience_s=60.0)


def _judge(client: Client, summary: Summary) -> None:
    wrong = summary.wrong
    runs = {run["TaskRunId"]: run for run in client.task_runs()}
    by_name: dict[str, list[dict[str, Any]]] = {}
    with closing(open_store(_store_url(client))) as store, store.reading() as tx:
        rows = {run_id: tx.runs.get(run_id) for run_id in runs}
        events = tx.ledger.events(client.transform)
    for run_id, row in rows.items():
        assert row is not None
        summary.attempts += row.attempt
        arguments = row.arguments
        name = (
            arguments.get("InputS3Path")
            or arguments.get("OutputS3Path")
            or (arguments.get("Arguments") or {}).get("--OutputPath")
        )
        by_name.setdefault(str(name), []).append(runs[run_id])
    succeeded: set[str] = set()
    for asked in client.asked:
        found = by_name.pop(asked.name, [])
        if asked.run_id and asked.run_id not in runs:
            wrong.append(f"accepted and lost: {asked}")
        if len(found) > 1:
            wrong.append(f"asked once, there {len(found)} times: {asked}")
        for run in found:
            status = run["Status"]
            summary.runs[f"{asked.kind} {status}"] += 1
            right = {"FAILED" if asked.kind == "bad import" else "SUCCEEDED"}
            if status not in right | ({"STOPPED"} if asked.cancelled else set()):
                wrong.append(f"{asked} is {status}: {run.get('ErrorString')}")
            if status == "SUCCEEDED":
                succeeded.add(run["TaskRunId"])
                _judge_output(client, asked, wrong)
    wrong += [f"nobody asked for {name}" for name in by_name]
    _judge_labels(client, events, {i: rows[i] for i in succeeded}, summary)
    _judge_files(client, runs, succeeded, wrong)


def _judge_output(client: Client, asked: Asked, wrong: list[str]) -> None:
    if asked.kind not in ("questions", "job"):
        return
    folder = Path(asked.name.removeprefix("file://"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    if len(files) != 1:
        wrong.append(f"{asked} left {[path.name for path in files]}, not one file")
        return
    rows = list(csv.reader(io.StringIO(files[0].read_text(encoding="utf-8"))))
    width = len(client.header) + (2 if asked.kind == "questions" else 1)
    if any(len(row) != width for row in rows):
        wrong.append(f"{files[0]} has a torn row")
    if asked.kind == "job" and len(rows) != len(client.rows) + 1:
        wrong.append(f"{files[0]} has {len(rows)} rows")
    if asked.kind == "questions" and not 2 <= len(rows) <= 101:
        wrong.append(f"{files[0]} has {len(rows)} rows")


def _judge_labels(client: Client, events: Any, rows: dict[str, Any], summary: Summary) -> None:
    imports = {i for i, row in rows.items() if row.type == "IMPORT_LABELS"}
    seen = Counter(event.run_id for event in events)
    summary.entries = len(events)
    if set(seen) != imports or any(count > 1 for count in seen.values()):
        summary.wrong.append(
            f"{len(imports)} imports succeeded, the ledger has entries of {len(seen)}; "
            f"lost {sorted(imports - set(seen))}, without success {sorted(set(seen) - imports)}"
        )
    model: dict[tuple[str, str], str] = {}
    for event in events:
        assert event.kind is EventKind.IMPORT
        replace_all, written = client.labels[event.source]
        if event.replace_all is not replace_all:
            summary.wrong.append(f"{event.source}: replace is {event.replace_all}")
        model = written if replace_all else {**model, **written}
    count = client.glue.get_ml_transform(TransformId=client.transform)["LabelCount"]
    if count != len(model):
        summary.wrong.append(f"LabelCount is {count}, the model has {len(model)}")
    name = f"file://{client.folder}/exported"
    run_id = client.glue.start_export_labels_task_run(
        TransformId=client.transform, OutputS3Path=name
    )["TaskRunId"]
    until(lambda: client.run(Asked("export", name, run_id))["Status"] in FINAL)
    files = list((client.folder / "exported").iterdir())
    with files[0].open(encoding="utf-8", newline="") as file:
        exported = [
            ((row["labeling_set_id"], row["id"]), row["label"]) for row in csv.DictReader(file)
        ]
    summary.labels = len(exported)
    if len(files) != 1 or len(exported) != len(model) or dict(exported) != model:
        summary.wrong.append(f"the export has {len(exported)} labels, the model {len(model)}")


def _judge_files(
    client: Client, runs: dict[str, Any], succeeded: set[str], wrong: list[str]
) -> None:
    """See that no file is there but those of runs that succeeded."""
    kept = sum(
        runs[i]["Properties"]["TaskType"] in ("LABELING_SET_GENERATION", "FIND_MATCHES")
        for i in succeeded
    )
    out = client.folder / "out"
    files = [path for path in out.rglob("*") if path.is_file()] if out.is_dir() else []
    if len(files) != kept:
        wrong.append(f"{len(files)} files, {kept} runs that wrote one succeeded")
    wrong += [f"half a file: {path}" for path in client.folder.rglob("*.part")]
    running = client.folder / ".running"
    ended = (lambda: not [*running.iterdir()]) if running.is_dir() else (lambda: True)
    with suppress(AssertionError):
        until(ended, patience_s=10.0)
    # folders of killed workers stay until the hourly sweep; there must be nothing of a live one
    stale = [path.name for path in running.iterdir()] if running.is_dir() else []
    wrong += [f"a folder of nobody: {name}" for name in stale if not re.match(r"tsk-.+-\d+$", name)]


def _judge_processes(processes: Processes, summary: Summary) -> None:
    def left() -> list[int]:
        return [pid for pid in processes.seen if "matchloop" in " ".join(_command(pid))]

    with suppress(AssertionError):
        until(lambda: not left(), patience_s=15.0)
    summary.wrong += [f"process {pid} is left: {_command(pid)}" for pid in left()]
    log = (processes.folder.parent / "processes.log").read_text(errors="replace")
    faults = log.count("Traceback (most recent call last)") + log.count('"exception"')
    if faults:
        summary.wrong.append(f"{faults} tracebacks in {processes.folder.parent}/processes.log")


def _store_url(client: Client) -> str:
    given = client.processes.environment["MATCHLOOP_DATABASE_URL"]
    return given or f"sqlite:///{client.folder / 'matchloop.sqlite'}"


def _descendants(roots: list[int]) -> list[int]:
    """Return these processes and all they started, as far as they live."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[0] != "Z":
                    parents[int(entry.name)] = int(fields[1])
    found = [pid for pid in roots if pid in parents]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _command(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return []


def _is_carrying(pid: int) -> bool:
    """Tell whether a process leads a group and was forked from the fork server."""
    with suppress(OSError):
        return os.getpgid(pid) == pid and "multiprocessing.forkserver" in " ".join(_command(pid))
    return False


def until(holds: Callable[[], Any], *, patience_s: float = PATIENCE_S) -> None:
    """Wait for something; give up after a long while."""
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


def main() -> None:
    """Run a campaign and print its summary."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--pause", type=float, default=0.5, help="seconds a run gets, tenfold at most"
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="kill no longer than this")
    parser.add_argument("--database-url", default="")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="matchloop-crashes-"))
    print(f"data in {folder}", file=sys.stderr)
    summary = campaign(
        kills=given.kills,
        seed=given.seed,
        folder=folder,
        database_url=given.database_url,
        pause_s=given.pause,
        minutes=given.minutes,
    )
    if not summary.wrong:
        shutil.rmtree(folder)
    print(json.dumps(vars(summary), indent=2))
    sys.exit(bool(summary.wrong))


if __name__ == "__main__":
    main()
