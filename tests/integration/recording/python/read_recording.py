"""Reads a recording with the Python package mcap, through its index, and prints what it finds.

usage: read_recording.py FILE FROM_NS TO_NS
"""

import json
import os
import sys

from mcap.reader import SeekingReader, make_reader


class Counted:
    """A file that counts what is read of it."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.bytes = 0

    def read(self, size=-1):
        data = self.file.read(size)
        self.bytes += len(data)
        return data

    def seek(self, *args):
        return self.file.seek(*args)

    def tell(self):
        return self.file.tell()

    def seekable(self):
        return True


path, begin, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
file = Counted(path)
reader = make_reader(file, validate_crcs=True)
assert isinstance(reader, SeekingReader)
summary = reader.get_summary()

samples = []
for schema, channel, message in reader.iter_messages():
    if not channel.topic.startswith("/plant"):
        continue
    data = json.loads(message.data)
    quality = data.pop("_quality", {})
    properties = json.loads(schema.data)["properties"]
    for key, value in data.items():
        path_of = properties[key]["twinscope"]["path"]
        samples.append([path_of, message.publish_time, message.log_time, value, quality.get(key, 0)])

before = file.bytes
window = sum(1 for _ in reader.iter_messages(start_time=begin, end_time=end))
print(
    json.dumps(
        {
            "profile": reader.get_header().profile,
            "messages": summary.statistics.message_count,
            "chunks": len(summary.chunk_indexes),
            "compression": sorted({index.compression for index in summary.chunk_indexes}),
            "channels": sorted(channel.topic for channel in summary.channels.values()),
            "samples": samples,
            "changes": [
                [sorted(set(json.loads(m.data)) - set(json.loads(s.data)["properties"])), m.publish_time, json.loads(m.data)]
                for s, _, m in reader.iter_messages(topics=["/twinscope/changes"])
            ],
            "alarms": [json.loads(m.data) for _, _, m in reader.iter_messages(topics=["/twinscope/alarms"])],
            "attachments": sorted(attachment.name for attachment in reader.iter_attachments()),
            "metadata": {record.name: record.metadata for record in reader.iter_metadata()},
            "window_messages": window,
            "window_bytes": file.bytes - before,
            "file_bytes": os.path.getsize(path),
        }
    )
)
