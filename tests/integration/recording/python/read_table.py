"""Reads a table that twinscope wrote and prints schema, metadata and rows as JSON."""

import json
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet


def read(path):
    if path.endswith(".csv"):
        return pa.csv.read_csv(path), {}
    file = pa.parquet.ParquetFile(path)
    groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
    columns = [group.column(i) for group in groups for i in range(group.num_columns)]
    told = {
        "version": (file.metadata.metadata or {}).get(b"twinscope", b"").decode(),
        "codecs": sorted({column.compression for column in columns}),
        "dictionaries": sorted({column.path_in_schema for column in columns if column.has_dictionary_page}),
        "most_rows_in_a_group": max((group.num_rows for group in groups), default=0),
    }
    return file.read(), told


def plain(column):
    if pa.types.is_timestamp(column.type):
        return pc.cast(pc.cast(column, pa.timestamp("ns", column.type.tz)), pa.int64()).to_pylist()
    return column.to_pylist()


table, told = read(sys.argv[1])
told["schema"] = {field.name: str(field.type) for field in table.schema}
told["nulls_allowed"] = [field.name for field in table.schema if field.nullable]
told["rows"] = table.num_rows
told["columns"] = {name: plain(table[name].slice(0, 100)) for name in table.column_names}
json.dump(told, sys.stdout)
