"""Writes JSON messages with Foxglove's mcap package: schema, two topics, a compression.

Arguments: file, compression (none, lz4, zstd).
"""

import json
import math
import sys

from mcap.writer import CompressionType, Writer

from expected import Expected

START = 1_636_070_400_000_000_000
SCHEMA = {
    "type": "object",
    "properties": {
        "temperature": {"type": "number", "unit": "degC", "minimum": -20, "maximum": 150},
        "cycles": {"type": "integer", "description": "Since the last service"},
        "motor": {
            "type": "object",
            "properties": {"speed": {"type": "number", "unit": "rpm"}, "running": {"type": "boolean"}},
        },
        "state": {"type": "string"},
        "zones": {"type": "array", "items": {"type": "number"}},
    },
}


def main():
    path, compression = sys.argv[1:]
    expected = Expected()
    expected.units = {"plant/mixer1/temperature": "Cel", "plant/mixer1/motor/speed": "{rev}/min"}
    writer = Writer(path, chunk_size=4096, compression=CompressionType[compression.upper()])
    writer.start(profile="", library="judge")
    schema = writer.register_schema(name="Mixer", encoding="jsonschema", data=json.dumps(SCHEMA).encode())
    mixer = writer.register_channel(topic="/plant/mixer1", message_encoding="json", schema_id=schema)
    bare = writer.register_channel(topic="plant/door", message_encoding="json", schema_id=0)
    for index in range(500):
        log_time = START + index * 100_000_000
        publish_time = log_time - 3_000_000 if index % 2 else 0
        source_time = publish_time or log_time
        values = {
            "temperature": 90 + 10 * math.sin(index / 20),
            "cycles": 2**53 + index,
            "motor": {"speed": 1200 - index, "running": index % 3 == 0},
            "state": "Läuft" if index % 7 else "Hält \"an\"",
            "zones": [index / 3, -index / 7],
        }
        writer.add_message(mixer, log_time, json.dumps(values).encode(), publish_time)
        for name, value in [
            ("temperature", values["temperature"]),
            ("cycles", values["cycles"]),
            ("motor/speed", float(values["motor"]["speed"])),
            ("motor/running", values["motor"]["running"]),
            ("state", values["state"]),
            ("zones/0", values["zones"][0]),
            ("zones/1", values["zones"][1]),
        ]:
            expected.sample("plant/mixer1/" + name, source_time, log_time, value)
        if index % 10 == 0:
            writer.add_message(bare, log_time, json.dumps({"open": index % 20 == 0, "count": index}).encode(), log_time)
            expected.sample("plant/door/open", log_time, log_time, index % 20 == 0)
            expected.sample("plant/door/count", log_time, log_time, float(index))
    writer.finish()
    expected.print()


main()
