"""Logs as sources of Polars, Dask, Ray and Spark, which `tensorbolt.polars` and its like offer."""
