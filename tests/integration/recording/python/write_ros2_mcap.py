"""Writes ROS 2 messages with Foxglove's mcap-ros2-support, with structures, lists and odd names.

Argument: file.
"""

import struct
import sys

from mcap_ros2.writer import Writer

from expected import Expected

START = 1_636_070_400_000_000_000
MIXER = """# A mixer
uint8 STATE_RUN=1
string UNUSED="a # b"
std_msgs/Header header
uint8 state 1
float64 temperature
bool open
int16 low
string name "unnamed"
Motor[2] motors
Motor main
float32[3] torque
int64[] counts
float64[<=4] bounded
float64[] long
uint64 big
Nothing nothing
int8 last
================================================================================
MSG: std_msgs/Header
builtin_interfaces/Time stamp
string frame_id
================================================================================
MSG: builtin_interfaces/Time
int32 sec
uint32 nanosec
================================================================================
MSG: plant_msgs/Motor
int8 gear
float64 speed
================================================================================
MSG: plant_msgs/Nothing
"""


def single(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


def main():
    expected = Expected()
    with open(sys.argv[1], "wb") as stream:
        writer = Writer(stream)
        mixer = writer.register_msgdef("plant_msgs/msg/Mixer", MIXER)
        level = writer.register_msgdef("std_msgs/msg/Float64", "float64 data")
        for index in range(200):
            log_time = START + index * 20_000_000
            counts = [index * 2**40] * (index % 4)
            bounded = [index / 8] * (index % 5)
            torque = [index * 0.1, -1.5, 2.25]
            message = {
                "header": {"stamp": {"sec": 5, "nanosec": 7}, "frame_id": "x" * (index % 9)},
                "state": index % 256,
                "temperature": 20 + index / 7,
                "open": index % 2 == 1,
                "low": -index,
                "name": "Rührer" + "!" * (index % 6),
                "motors": [{"gear": 1, "speed": 2.0}, {"gear": 3, "speed": 4.0}],
                "main": {"gear": -index % 100, "speed": index * 3.3},
                "torque": torque,
                "counts": counts,
                "bounded": bounded,
                "long": [0.5] * 40,
                "big": 2**63 - 1 - index,
                "nothing": {},
                "last": index % 100 - 50,
            }
            writer.write_message(
                topic="/plant/mixer", schema=mixer, message=message, log_time=log_time, publish_time=log_time, sequence=index
            )
            writer.write_message(
                topic="/plant/level", schema=level, message={"data": index / 3}, log_time=log_time, publish_time=0, sequence=index
            )
            values = [(name, message[name]) for name in ["state", "temperature", "open", "low", "name"]]
            values += [("main/gear", message["main"]["gear"]), ("main/speed", message["main"]["speed"])]
            values += [("torque/%d" % place, single(item)) for place, item in enumerate(torque)]
            values += [("counts/%d" % place, item) for place, item in enumerate(counts)]
            values += [("bounded/%d" % place, item) for place, item in enumerate(bounded)]
            values += [("big", message["big"]), ("last", message["last"])]
            for name, value in values:
                expected.sample("plant/mixer/" + name, log_time, log_time, value)
            expected.sample("plant/level/data", log_time, log_time, index / 3)
        writer.finish()
    expected.print()


main()
