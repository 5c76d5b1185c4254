"""The made-up tables by name, and the real tables, each with its kind and what it may be used for.

A kind is ``choose`` or ``report`` as a whole: constants of the engine may be chosen on tables of
the former, and never on those of the latter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from kinds import (
    affiliations,
    applications,
    codes,
    customers,
    discs,
    foreign,
    members,
    mixed,
    numbered,
    organisations,
    people,
    places,
    references,
    shops,
    variants,
)
from kinds.making import Maker
from tables import PARTIAL, Table, load_table, names, pairs_of_groups

__all__ = ["CHOOSE", "KINDS", "REAL", "REPORT", "Kind", "load", "real_tables"]

Use = Literal["choose", "report"]

#: Kinds that constants may be chosen on.
CHOOSE = frozenset(
    {
        "persons",
        "households",
        "clean persons",
        "clean places with codes",
        "product variants",
        "one huge entity",
        "references",
        "damaged discs",
    }
)
#: Kinds that constants are never chosen on.
REPORT = frozenset(
    {
        "persons in other columns",
        "customers with homonyms",
        "clean lists of other things",
        "numbered things",
        "offers of shops",
        "companies with legal forms",
        "references of two sources",
        "places",
        "products of two shops",
        "affiliations",
        "two sorts of records",
        "applications to a fund",
        "foreign names",
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One made-up table.

    Parameters
    ----------
    kind
        What sort of table it is; one of :data:`CHOOSE` or :data:`REPORT`.
    make
        Makes it from a seed and a number of rows.
    rows
        The usual number of rows.
    options
        Further arguments of ``make``.
    """

    kind: str
    make: Maker
    rows: int = 1_500
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def use(self) -> Use:
        """``choose`` or ``report``."""
        return "choose" if self.kind in CHOOSE else "report"


def _kind(kind: str, make: Maker, rows: int = 1_500, **options: Any) -> Kind:
    return Kind(kind, make, rows, options)


ONCE = {1: 1.0}
MANY = {1: 0.1, 3: 0.3, 6: 0.3, 12: 0.2, 30: 0.1}

KINDS: dict[str, Kind] = {
    "persons": _kind("persons", people.make),
    "persons_dirty": _kind("persons", people.make, dirt=2.0, lost=1.5),
    "persons_few_names": _kind("persons", people.make, given_names=60, surnames=80),
    "members": _kind("persons", members.make),
    "households": _kind("households", people.make, households=0.8),
    "households_twins": _kind("households", people.make, households=0.9, twins=1.0, juniors=0.25),
    "households_no_dates": _kind("households", people.make, households=0.8, missing_dates=0.5),
    "households_movers": _kind(
        "households", people.make, 2_000, households=0.6, columns=14, movers=0.25
    ),
    "clean_persons": _kind("clean persons", people.make, 1_000, sizes=ONCE),
    "clean_persons_few_names": _kind(
        "clean persons", people.make, 1_000, sizes=ONCE, given_names=40, surnames=40
    ),
    "clean_persons_narrow": _kind(
        "clean persons", people.make, 1_000, sizes=ONCE, given_names=150, surnames=300, columns=4
    ),
    "clean_members": _kind("clean persons", members.make, 500, repeats=0.0),
    "clean_members_emails": _kind(
        "clean persons", members.make, 1_000, repeats=0.0, emails=True, families=0.4
    ),
    "clean_families": _kind("clean persons", people.make, 1_000, sizes=ONCE, households=0.9),
    "clean_counties": _kind("clean places with codes", codes.counties, 1_500),
    "clean_cities": _kind("clean places with codes", codes.cities, 1_500),
    "variants": _kind("product variants", variants.make),
    "variants_no_parts": _kind("product variants", variants.make, part_numbers=0.0),
    "variants_clean": _kind("product variants", variants.make, 1_000, repeats=0.0),
    "huge": _kind("one huge entity", organisations.huge, 2_000),
    "huge_most": _kind("one huge entity", organisations.huge, 1_400, biggest=700),
    "references_few": _kind("references", references.make, 2_000),
    "references_some": _kind(
        "references", references.make, sizes={1: 0.6, 2: 0.25, 3: 0.1, 5: 0.05}
    ),
    "references_many": _kind("references", references.make, sizes=MANY),
    "references_messy": _kind("references", references.make, sizes=MANY, pages=0.4, dirt=3.0),
    "discs": _kind("damaged discs", discs.make, 2_000),
    "discs_foreign": _kind("damaged discs", discs.make, 2_000, foreign=0.8, damage=0.25),
    "persons_narrow": _kind("persons in other columns", people.make, columns=4),
    "persons_wide": _kind("persons in other columns", people.make, columns=14, households=0.3),
    "persons_three_dates": _kind(
        "persons in other columns", people.make, split_dates=True, households=0.5
    ),
    "persons_namesakes": _kind(
        "persons in other columns", people.make, namesakes=0.3, missing_dates=0.3
    ),
    "customers": _kind("customers with homonyms", customers.make),
    "customers_namesakes": _kind("customers with homonyms", customers.make, namesakes=0.5),
    "clean_customers": _kind("customers with homonyms", customers.make, 1_000, repeats=0.0),
    "clean_subdivisions": _kind("clean lists of other things", codes.subdivisions),
    "clean_airports": _kind("clean lists of other things", codes.airports),
    "clean_catalogue": _kind("clean lists of other things", mixed.catalogue, 1_000, repeats=0.0),
    "clean_companies": _kind(
        "clean lists of other things", organisations.companies, 1_000, repeats=0.0, groups=0.4
    ),
    "numbered": _kind("numbered things", numbered.make),
    "clean_numbered": _kind("numbered things", numbered.make, 1_000, repeats=0.0),
    "offers": _kind("offers of shops", variants.offers),
    "offers_no_parts": _kind("offers of shops", variants.offers, part_numbers=0.0),
    "companies": _kind("companies with legal forms", organisations.companies),
    "companies_one_column": _kind(
        "companies with legal forms", organisations.companies, 1_000, columns=1
    ),
    "references_linkage": _kind("references of two sources", references.linkage, 2_000),
    "cities_twice": _kind("places", codes.cities, repeats=0.25),
    "counties_twice": _kind("places", codes.counties, repeats=0.25),
    "venues": _kind("places", places.make),
    "venues_linkage": _kind("places", places.linkage),
    "clean_venues": _kind("clean lists of other things", places.make, 1_000, repeats=0.0),
    "shops": _kind("products of two shops", shops.make),
    "shops_no_models": _kind("products of two shops", shops.make, model_numbers=0.4),
    "affiliations": _kind("affiliations", affiliations.make),
    "affiliations_alike": _kind("affiliations", affiliations.make, towns=25),
    "catalogue": _kind("two sorts of records", mixed.catalogue),
    "contacts": _kind("two sorts of records", mixed.contacts),
    "applications": _kind("applications to a fund", applications.make),
    "applications_typed": _kind("applications to a fund", applications.make, typed_anew=0.8),
    "foreign": _kind("foreign names", foreign.make),
    "foreign_one_column": _kind("foreign names", foreign.make, one_column=True),
    "clean_foreign": _kind("foreign names", foreign.make, 1_000, repeats=0.0),
}

#: Kind and use of the real tables that MATCHLOOP_DATA may hold; a collection by its folder.
REAL: dict[str, tuple[str, Use]] = {
    "abt_buy": ("products of two shops", "choose"),
    "amazon_google": ("products of two shops", "report"),
    "amazon_google_full": ("products of two shops", "report"),
    "autofj50": ("one column", "report"),
    "beer": ("products of two shops", "choose"),
    "bib_digital_work": ("references", "report"),
    "cddb": ("damaged discs", "report"),
    "census841": ("households", "report"),
    "chicago_early_childhood": ("places", "report"),
    "cora": ("references", "choose"),
    "cora_large": ("references", "report"),
    "dblp_acm": ("references of two sources", "report"),
    "dblp_scholar": ("references of two sources", "report"),
    "dirty_dblp_acm": ("references of two sources", "report"),
    "fake_1000": ("persons", "choose"),
    "febrl1": ("persons", "report"),
    "febrl3": ("persons", "choose"),
    "febrl4": ("persons", "report"),
    "fodors_zagats": ("places", "report"),
    "imdb_tmdb": ("films of two sources", "choose"),
    "imdb_tvdb": ("films of two sources", "report"),
    "lspc_computers": ("offers of shops", "report"),
    "musicbrainz20k": ("songs", "report"),
    "musicbrainz20k_mutated": ("songs", "choose"),
    "neg_iso3166_2": ("clean lists of other things", "report"),
    "neg_us_counties": ("clean places with codes", "report"),
    "ons_census_cis": ("persons in other columns", "report"),
    "restaurant_864": ("places", "report"),
    "restaurants_oaei": ("places", "choose"),
    "rldata500": ("persons", "choose"),
    "s2aff_affiliations": ("affiliations", "report"),
    "tmdb_tvdb": ("films of two sources", "report"),
}


def load(name: str, *, seed: int = 0, rows: int | None = None) -> Table:
    """Return a made-up or real table in the form that the other scripts use.

    Parameters
    ----------
    name
        A name of :data:`KINDS`, or a table of ``MATCHLOOP_DATA``.
    seed
        Decides the table, or the order and keys of a real one.
    rows
        Number of rows of a made-up table; the usual number when left out.

    Returns
    -------
    Table
        The table and its true pairs; in linkage only those across sources.
    """
    if name not in KINDS:
        return load_table(name, seed=seed)
    kind = KINDS[name]
    frame, truth = kind.make(seed, rows or kind.rows, **kind.options)
    entity = pd.factorize(frame["id"].map(truth))[0].astype(np.int64)
    pairs = pairs_of_groups(entity)
    source = "source" if "source" in frame.columns else None
    if source is not None:
        origin = frame[source].to_numpy()
        pairs = pairs[origin[pairs[:, 0]] != origin[pairs[:, 1]]]
    return Table(name, frame, "id", source, pairs)


def real_tables(folder: Path | None = None) -> dict[str, tuple[str, Use]]:
    """Return kind and use of each real table that is there and has its full truth.

    Parameters
    ----------
    folder
        Where the tables are; the folder of ``MATCHLOOP_DATA`` if not given.

    Returns
    -------
    dict
        By name; a table that nobody has marked is of kind ``other`` and for reports.
    """
    found = {}
    for name in names(folder):
        if name in PARTIAL:
            continue
        collection, _, task = name.partition("/")
        kind, use = REAL.get(collection, ("other", "report"))
        # The README says which tasks constants were chosen on: those from A to G.
        if collection == "autofj50" and task[:1] <= "G":
            use = "choose"
        found[name] = (kind, use)
    return found
