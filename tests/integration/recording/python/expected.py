"""What a reader has to find in a file: samples in the order of the file, printed as JSON."""

import json


class Expected:
    def __init__(self):
        self.samples = []
        self.units = {}

    def sample(self, path, source_time, received_time, value):
        self.samples.append([path, source_time, received_time, value])

    def print(self):
        print(json.dumps({"samples": self.samples, "units": self.units}))
