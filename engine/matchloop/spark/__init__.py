"""Match Spark DataFrames, classic or through Spark Connect, and run Glue's job scripts.

The key, the source and the compared columns are collected to the driver, which blocks the table,
plans the comparisons and forms the groups. The executors compare and score the candidate pairs.
The other columns never leave Spark. Needs the extra ``matchloop[spark]``; matchloop must be
installed on the executors, too. What runs on executors is ``matching/backends/spark.py``.
"""

from matchloop.spark.frames import find_incremental_matches, find_matches, lowest_of_each_group
from matchloop.spark.sessions import check_spark, named_master, spark_session

__all__ = [
    "check_spark",
    "find_incremental_matches",
    "find_matches",
    "lowest_of_each_group",
    "named_master",
    "spark_session",
]
