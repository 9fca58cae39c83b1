"""Writes the same samples as tables in many forms into a folder: the forms that twinscope has to read."""

import datetime
import os
import sys

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

folder = sys.argv[1]
UTC = datetime.timezone.utc
START = datetime.datetime(2021, 11, 5, tzinfo=UTC)
times = [START + datetime.timedelta(milliseconds=500 * row) for row in range(4)]
epoch_ms = [1636070400000 + 500 * row for row in range(4)]

wide = {
    "Speed [rpm]": pa.array([0.1, None, 1e300, -0.0], pa.float64()),
    "Count": pa.array([1, 2, None, 2**53 + 1], pa.int64()),
    "Run": pa.array([True, False, None, True]),
    "State": pa.array(["Idle", 'a "b", c', None, "Läuft"]),
}


def parquet(name, table, **options):
    pa.parquet.write_table(table, os.path.join(folder, name + ".parquet"), **options)


def csv(name, table, **options):
    pa.csv.write_csv(table, os.path.join(folder, name + ".csv"), pa.csv.WriteOptions(**options))


def timed(kind):
    return pa.table({"time": pa.array(times, kind), **wide})


for unit in ["ms", "us", "ns"]:
    parquet(f"wide_{unit}_utc", timed(pa.timestamp(unit, "UTC")))
    parquet(f"wide_{unit}_berlin", timed(pa.timestamp(unit, "Europe/Berlin")), compression="zstd")
naive = pa.array([time.replace(tzinfo=None) for time in times], pa.timestamp("us"))
parquet("wide_naive", pa.table({"ts": naive, **wide}), compression="none")
parquet("wide_int96", timed(pa.timestamp("ns", "UTC")), use_deprecated_int96_timestamps=True)
parquet("wide_v2_pages", timed(pa.timestamp("ns", "UTC")), data_page_version="2.0", use_dictionary=False)
parquet("wide_epoch_ms", pa.table({"Timestamp": pa.array(epoch_ms), **wide}))
parquet("wide_epoch_secs", pa.table({"date": pa.array([ms / 1000 for ms in epoch_ms]), **wide}))
text = {**wide, "State": wide["State"].dictionary_encode()}
parquet("wide_dictionary", pa.table({"time": pa.array(times, pa.timestamp("us", "UTC")), **text}))
large = {**wide, "State": wide["State"].cast(pa.large_string()), "nested": pa.array([[1]] * 4)}
parquet("wide_nested", pa.table({"time": pa.array(times, pa.timestamp("us", "UTC")), **large}))
parquet("refused_gzip", timed(pa.timestamp("ms", "UTC")), compression="gzip")

rows = []
for column, values in wide.items():
    for time, value in zip(times, values.to_pylist()):
        if value is not None:
            rows.append((time, column.split(" [")[0], value))
rows.sort(key=lambda row: row[0])


def of(kind):
    return [value if type(value) is kind else None for _, _, value in rows]


units = ["rpm" if signal == "Speed" else None for _, signal, _ in rows]
long = pa.table({
    "timestamp": pa.array([time for time, _, _ in rows], pa.timestamp("us", "UTC")),
    "tag": pa.array([signal for _, signal, _ in rows]).dictionary_encode(),
    "value_num": pa.array(of(float), pa.float64()),
    "value_int": pa.array(of(int), pa.int64()),
    "value_bool": pa.array(of(bool), pa.bool_()),
    "value_text": pa.array(of(str), pa.string()),
    "quality": pa.array(["good"] * len(rows)).dictionary_encode(),
    "unit": pa.array(units),
})
for codec in ["snappy", "zstd"]:
    parquet(f"long_{codec}", long, compression=codec, row_group_size=3)

as_text = [str(value).lower() if type(value) is bool else str(value) for _, _, value in rows]
kinds = [{float: "real", int: "int", bool: "bool", str: "text"}[type(value)] for _, _, value in rows]
csv("long", pa.table({"time": long["timestamp"], "name": [row[1] for row in rows], "kind": kinds, "value": as_text,
                      "uom": units}))
for name, delimiter in [("comma", ","), ("semicolon", ";"), ("tab", "\t")]:
    csv(f"wide_{name}", timed(pa.timestamp("ns", "UTC")), delimiter=delimiter)
csv("wide_naive", pa.table({"datetime": naive, **wide}))
