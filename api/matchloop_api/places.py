"""Where files may be read and written: the data folder and the named buckets."""
