"""Clustering: from scored pairs to a group for every record."""

from matchloop.matching.clustering.average import cluster
from matchloop.matching.clustering.base import ClusteringReport, Clusters, Drawn
from matchloop.matching.clustering.completion import missing_pairs
from matchloop.matching.clustering.constraints import PairList
from matchloop.matching.clustering.identical import permitted_links
from matchloop.matching.clustering.incremental import cluster_incrementally, links_of
from matchloop.matching.clustering.sampling import ScorePairs, sampled

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
