"""Clustering: from scored pairs to a group for every record."""

from matchloop.clustering.average import cluster
from matchloop.clustering.base import ClusteringReport, Clusters, Drawn
from matchloop.clustering.completion import missing_pairs
from matchloop.clustering.constraints import PairList
from matchloop.clustering.identical import permitted_links
from matchloop.clustering.incremental import cluster_incrementally, links_of
from matchloop.clustering.sampling import ScorePairs, sampled

__all__ = [
    "ClusteringReport",
    "Clusters",
    "PairList",
    "Drawn",
    "ScorePairs",
    "cluster",
    "cluster_incrementally",
    "links_of",
    "missing_pairs",
    "permitted_links",
    "sampled",
]
