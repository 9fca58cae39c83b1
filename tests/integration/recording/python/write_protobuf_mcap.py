"""Writes protobuf messages with Foxglove's mcap-protobuf-support; the types are made at run time,
so that no compiler of protobuf is needed.

Argument: file.
"""

import math
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2
from mcap_protobuf.writer import Writer

from expected import Expected

START = 1_636_070_400_000_000_000
KINDS = descriptor_pb2.FieldDescriptorProto


def add(message, name, number, kind, type_name=None, repeated=False):
    label = KINDS.LABEL_REPEATED if repeated else KINDS.LABEL_OPTIONAL
    message.field.add(name=name, number=number, type=kind, label=label, type_name=type_name)


def mixer_class():
    file = descriptor_pb2.FileDescriptorProto(name="plant/mixer.proto", package="plant", syntax="proto3")
    file.dependency.append("google/protobuf/timestamp.proto")
    state = file.enum_type.add(name="State")
    state.value.add(name="STATE_STOPPED", number=0)
    state.value.add(name="STATE_RUNNING", number=1)
    mixer = file.message_type.add(name="Mixer")
    motor = mixer.nested_type.add(name="Motor")
    add(motor, "speed", 1, KINDS.TYPE_DOUBLE)
    add(motor, "steps", 2, KINDS.TYPE_SINT64)
    add(mixer, "stamp", 1, KINDS.TYPE_MESSAGE, ".google.protobuf.Timestamp")
    add(mixer, "motor", 2, KINDS.TYPE_MESSAGE, ".plant.Mixer.Motor")
    add(mixer, "state", 3, KINDS.TYPE_ENUM, ".plant.State")
    add(mixer, "load", 4, KINDS.TYPE_FLOAT)
    add(mixer, "cycles", 5, KINDS.TYPE_UINT32)
    add(mixer, "open", 6, KINDS.TYPE_BOOL)
    add(mixer, "note", 7, KINDS.TYPE_STRING)
    add(mixer, "zones", 8, KINDS.TYPE_FIXED64, repeated=True)
    add(mixer, "image", 9, KINDS.TYPE_BYTES)
    pool = descriptor_pool.DescriptorPool()
    stamp = descriptor_pb2.FileDescriptorProto()
    timestamp_pb2.DESCRIPTOR.CopyToProto(stamp)
    pool.Add(stamp)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("plant.Mixer"))


def main():
    expected = Expected()
    kind = mixer_class()
    with open(sys.argv[1], "wb") as stream, Writer(stream) as writer:
        for index in range(300):
            log_time = START + index * 50_000_000
            message = kind(
                state=index % 2,
                load=math.cos(index / 10) if index % 5 else 0.0,
                cycles=4_294_967_295 - index,
                open=index % 3 == 0,
                note="Charge %d äöü" % index if index % 4 else "",
                zones=[index, 2**62 + index],
                image=b"\x00\x01",
            )
            message.stamp.seconds = 5
            message.motor.speed = index * 1.1
            message.motor.steps = -(2**40) * index
            writer.write_message("/plant/mixer", message, log_time=log_time, publish_time=log_time + 1)
            # As protobuf itself reads the message back: with the precision of its types.
            read = kind.FromString(message.SerializeToString())
            values = {
                "motor/speed": read.motor.speed,
                "motor/steps": read.motor.steps,
                "state": "STATE_RUNNING" if read.state else "STATE_STOPPED",
                "load": read.load,
                "cycles": read.cycles,
                "open": read.open,
                "note": read.note,
                "zones/0": read.zones[0],
                "zones/1": read.zones[1],
            }
            for name, value in values.items():
                expected.sample("plant/mixer/" + name, log_time + 1, log_time, value)
    expected.print()


main()
