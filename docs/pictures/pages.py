"""Make the pictures of commands, pages and the console from the sample tables in ``data/``.

Run ``python docs/pictures/pages.py [NAME ...]`` with the development extra and chromium installed.
Every page is written by the command that users run; a picture changes only when the command, the
page, the table or the fonts change. ``make.py`` makes the pictures of the labelling page.
"""

from __future__ import annotations

import csv
import html
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COLOURS = 128
SETTLED_MS = 300
WIDTH = 1100

TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #1d232b; }
pre { display: inline-block; margin: 0; padding: 1rem 1.2rem; color: #e7eaee;
  font: 14px/1.4 "DejaVu Sans Mono", monospace; }
b { color: #78b4f0; font-weight: 400; }
</style><pre>%s</pre>"""


def matchloop(*words: str, typed: str = "") -> str:
    """Run a command and return what a terminal shows."""
    process = subprocess.run(
        [sys.executable, "-m", "matchloop", *words],
        input=typed,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"COLUMNS": "96"},
    )
    return process.stdout


def save(picture: bytes, name: str) -> None:
    """Save a picture with few colours, which makes it small."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / f"{name}.png", optimize=True)


def shoot(page: Page, name: str, part: str = "", height: int = 0) -> None:
    """Save a part of a page, or its top."""
    page.wait_for_timeout(SETTLED_MS)
    if part:
        save(page.locator(part).first.screenshot(), name)
    else:
        page.set_viewport_size({"width": WIDTH, "height": height})
        save(page.screenshot(), name)


def prepare() -> None:
    """Copy the sample tables and match one of them."""
    for path in (ROOT / "data").glob("*.csv"):
        shutil.copy(path, path.name)
    learned = ("--key", "id", "--labels", "people_labels.csv")
    matchloop("train", "people.csv", *learned, "-o", "people.model")
    matchloop("match", "people.csv", *learned, "--report", "report.html", "-o", "matched.csv")


def demo(page: Page) -> None:
    """The top of the demo's page."""
    matchloop("demo", "-o", "demo.html")
    page.goto(f"file://{Path('demo.html').resolve()}")
    shoot(page, "demo", height=760)


def report(page: Page) -> None:
    """The report of a matched table: its top, the thresholds, the doubtful groups."""
    page.goto(f"file://{Path('report.html').resolve()}")
    shoot(page, "report", height=900)
    shoot(page, "thresholds", "section[aria-labelledby=thresholds]")
    shoot(page, "doubtful", "section[aria-labelledby=doubtful] article")


def explain(page: Page) -> None:
    """The explanation of the most doubtful pair."""
    matchloop(
        "explain", "people.csv", "--key", "id", "--model", "people.model",
        "--doubtful", "1", "--html", "explain.html",
    )  # fmt: skip
    page.goto(f"file://{Path('explain.html').resolve()}")
    shoot(page, "explain", height=900)


def profile(page: Page) -> None:
    """The profile of a table."""
    matchloop("profile", "people.csv", "--key", "id", "--html", "profile.html")
    page.goto(f"file://{Path('profile.html').resolve()}")
    shoot(page, "profile", height=900)


def quality(page: Page) -> None:
    """Quality against the truth: the curve and the calibration."""
    matchloop(
        "evaluate", "customers.csv", "--key", "id", "--truth", "customers_truth.csv",
        "--html", "quality.html",
    )  # fmt: skip
    page.goto(f"file://{Path('quality.html').resolve()}")
    shoot(page, "quality", "section[aria-labelledby=scores]")


def agreement(page: Page) -> None:
    """Three annotators, who err to a different degree."""
    matchloop("ask", "people.csv", "--key", "id", "--sets", "20", "-o", "questions.csv")
    with open("people_truth.csv", newline="", encoding="utf-8") as file:
        person = {row["id"]: row["person"] for row in csv.DictReader(file)}
    with open("questions.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = {"ann": 0.01, "bob": 0.05, "eve": 0.15}
    for name, share in names.items():
        chance = random.Random(name)
        for row in rows:
            slip = chance.random() < share
            row["label"] = f"slip {row['id']}" if slip else person[row["id"]]
        with open(f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    files = [f"{name}.csv" for name in names]
    matchloop("agree", *files, "--key", "id", "--table", "people.csv", "--html", "agreement.html")
    page.goto(f"file://{Path('agreement.html').resolve()}")
    shoot(page, "agreement", height=900)
    matchloop(
        "check-labels", "eve.csv", "--table", "people.csv", "--key", "id", "--html", "checks.html"
    )
    page.goto(f"file://{Path('checks.html').resolve()}")
    shoot(page, "check-labels", height=900)


def review(page: Page) -> None:
    """A question of the review in the terminal."""
    words = ("review", "matched.csv", "--key", "id", "--model", "people.model")
    shown = matchloop(*words, "--labels", "review.csv", typed="y\nq\n")
    lines = html.escape(shown).replace("answer: y", "answer: <b>y</b>")
    page.set_content(TERMINAL % lines.replace("answer: q", "answer: <b>q</b>"))
    shoot(page, "review", "pre")


def console(page: Page) -> None:
    """The console of a server after labelling sets, labels and an evaluation."""
    server = subprocess.Popen(
        [sys.executable, "-m", "matchloop", "serve", "--port", "0", "--data-dir", "data"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split(" on ")[1].split(";")[0]
        work_at(address)
        page.goto(f"{address}/console")
        shoot(page, "console", height=620)
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(30)


def work_at(address: str) -> None:
    """Play a Glue script at the server."""
    import boto3

    glue = boto3.client(
        "glue",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    folder = Path("data/people")
    folder.mkdir(parents=True)
    shutil.copy("people.csv", folder)
    shutil.copy("people_labels.csv", "data")
    place = f"file://{Path('data').resolve()}"
    glue.create_database(DatabaseInput={"Name": "shop"})
    glue.create_crawler(
        Name="people",
        Role="any",
        DatabaseName="shop",
        Targets={"S3Targets": [{"Path": f"{place}/people/"}]},
    )
    glue.start_crawler(Name="people")
    while glue.get_crawler(Name="people")["Crawler"]["State"] != "READY":
        time.sleep(0.5)
    transform = glue.create_ml_transform(
        Name="people",
        Role="any",
        GlueVersion="2.0",
        MaxCapacity=10.0,
        InputRecordTables=[{"DatabaseName": "shop", "TableName": "people_csv"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    runs = (
        lambda: glue.start_ml_labeling_set_generation_task_run(
            TransformId=transform, OutputS3Path=f"{place}/questions/"
        ),
        lambda: glue.start_import_labels_task_run(
            TransformId=transform, InputS3Path=f"{place}/people_labels.csv"
        ),
        lambda: glue.start_ml_evaluation_task_run(TransformId=transform),
    )
    for start in runs:
        run = start()["TaskRunId"]
        while True:
            state = glue.get_ml_task_run(TransformId=transform, TaskRunId=run)["Status"]
            if state not in ("STARTING", "RUNNING", "STOPPING"):
                break
            time.sleep(0.5)


def structure(page: Page) -> None:
    """The wings of the engine in the order that the layers check holds."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    wings = [
        name for name in contracts[0]["layers"] if (ROOT / "engine" / "matchloop" / name).is_dir()
    ]
    step, width = 44, 900
    rows = [
        '<text x="130" y="28" class="name">matchloop_api</text>'
        '<text x="270" y="28">The server: Glue API, store, workers, console, labelling page</text>'
    ]
    for place, wing in enumerate(wings):
        top = 50 + step * place
        words = purpose(wing)
        rows.append(
            f'<rect x="110" y="{top}" width="{width - 120}" height="{step - 8}" rx="6"/>'
            f'<text x="130" y="{top + 23}" class="name">{wing}</text>'
            f'<text x="270" y="{top + 23}">{html.escape(words)}</text>'
        )
    height = 60 + step * len(wings)
    arrow = (
        f'<path d="M60 60V{height - 30}" class="arrow"/>'
        f'<path d="M54 {height - 36}l6 12l6 -12z" class="head"/>'
        f'<text x="52" y="{height // 2}" transform="rotate(-90 52 {height // 2})"'
        ' text-anchor="middle">imports only from below</text>'
    )
    style = (
        "text{font:13px sans-serif;fill:#444}.name{font-weight:bold;fill:#1f66ad}"
        "rect{fill:#f4f7fa;stroke:#c9d3de}.arrow{stroke:#1f66ad;stroke-width:2}.head{fill:#1f66ad}"
    )
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f"<title>The wings of the engine</title><style>{style}</style>"
        f'<rect x="0" y="0" width="{width}" height="{height}" style="fill:#fff;stroke:none"/>'
        f'<rect x="110" y="6" width="{width - 120}" height="34" rx="6"/>'
        f"{''.join(rows)}{arrow}</svg>\n"
    )
    (HERE / "structure.svg").write_text(drawing, encoding="utf-8")


def purpose(wing: str) -> str:
    """Return the first line of the docstring of a wing."""
    text = (ROOT / "engine" / "matchloop" / wing / "__init__.py").read_text(encoding="utf-8")
    return text.split('"""')[1].splitlines()[0].replace("`", "").rstrip(".")


def growth(page: Page) -> None:
    """CPU seconds and memory by number of records, from the results of the benchmark."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    results = json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text("utf-8"))
    runs = sorted(results["persons.py seed 0"]["runs"].values(), key=lambda run: run["records"])
    stages = ("block", "compare and score", "group")
    mpl.rcParams["svg.hashsalt"] = "matchloop"
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    labels = [f"{run['records']:,}" for run in runs]
    bottom = [0.0] * len(runs)
    colours = ("#1f66ad", "#b8560f", "#5b7f2b", "#9aa6b4")
    for stage, colour in zip((*stages, "the rest"), colours, strict=True):
        if stage == "the rest":
            seconds = [
                run["cpu_seconds"] - sum(run["stages"][name]["cpu_seconds"] for name in stages)
                for run in runs
            ]
        else:
            seconds = [run["stages"][stage]["cpu_seconds"] for run in runs]
        left.bar(labels, seconds, bottom=bottom, color=colour, label=stage, width=0.55)
        bottom = [total + more for total, more in zip(bottom, seconds, strict=True)]
    left.set_title("CPU seconds with a saved model", fontsize=10)
    left.legend(fontsize=8, frameon=False)
    right.bar(labels, [run["peak_mib"] for run in runs], color="#1f66ad", width=0.55)
    right.set_title("peak memory, MiB", fontsize=10)
    for axes in (left, right):
        axes.set_xlabel("records", fontsize=9)
        axes.tick_params(labelsize=9)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "growth.svg", metadata={"Date": None})


PICTURES: dict[str, Callable[[Page], None]] = {
    "demo": demo,
    "report": report,
    "explain": explain,
    "profile": profile,
    "quality": quality,
    "agreement": agreement,
    "review": review,
    "console": console,
    "structure": structure,
    "growth": growth,
}


def draw(browser: Browser, names: list[str]) -> None:
    """Make pictures in the current folder."""
    prepare()
    for name in names:
        size = {"width": WIDTH, "height": 800}
        with browser.new_context(
            color_scheme="light", viewport=size, timezone_id="UTC", locale="en-GB"
        ) as context:
            PICTURES[name](context.new_page())


def main() -> None:
    """Make the pictures that are named, or all."""
    program = os.environ.get("MATCHLOOP_CHROMIUM") or shutil.which("chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.chdir(folder)
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        draw(browser, sys.argv[1:] or list(PICTURES))
        browser.close()


if __name__ == "__main__":
    main()
