"""Clustering: from scored pairs to a group for every record."""

from matchloop.clustering.average import cluster
from matchloop.clustering.base import ClusteringReport, Clusters
from matchloop.clustering.completion import missing_pairs

__all__ = ["ClusteringReport", "Clusters", "cluster", "missing_pairs"]
