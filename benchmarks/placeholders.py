"""F1 without labels where missing values are written as a word.

For each table: as it is, and with every missing value of every compared column replaced by each
word. `n/a` is known to stand for nothing; the others have to be told from the table.

    python benchmarks/placeholders.py --tables abt_buy,fake_1000 --words n/a,xxx
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import pandas as pd

import matchloop as ml
from judging import judge_partition
from peers import chosen_tables
from tables import Table, load_table

TABLES = "abt_buy,amazon_google,census841,cora,fake_1000,febrl3,imdb_tmdb,restaurants_oaei"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=TABLES, help="names, comma between them")
    parser.add_argument("--words", default="n/a,xxx,1900-01-01,0", help="comma between them")
    options = parser.parse_args()
    for name in chosen_tables(options.tables):
        table = load_table(name)
        told = [f"as it is {f1(table):.3f}"]
        told += [f"{word} {f1(written(table, word)):.3f}" for word in options.words.split(",")]
        print(f"{name}, {missing(table):.0%} missing: {', '.join(told)}", flush=True)


def written(table: Table, word: str) -> Table:
    frame = table.frame.copy()
    for column in table.records().columns:
        values = frame[column].astype(object)
        frame[column] = values.where(~_is_missing(table, column), word)
    return replace(table, frame=frame)


def missing(table: Table) -> float:
    columns = table.records().columns
    return sum(float(_is_missing(table, column).mean()) for column in columns) / len(columns)


def _is_missing(table: Table, column: str) -> pd.Series[bool]:
    values = table.frame[column]
    return values.isna() | (values.astype(str).str.strip() == "")


def f1(table: Table) -> float:
    records = table.records()
    matches = ml.Matcher().fit(records).find_matches(records)
    return judge_partition(matches.match_id, table.truth, sources=records.sources).f1


if __name__ == "__main__":
    main()
