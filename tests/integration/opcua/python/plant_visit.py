"""A client by asyncua that changes a setpoint of an emulated plant; prints what it found as JSON.

Arguments: url.
"""

import asyncio
import json
import sys

from asyncua import Client, ua


async def write(client, node, value):
    """The status code as it stands in the answer: asyncua itself takes every good one for success."""
    parameters = ua.WriteParameters()
    wanted = ua.WriteValue()
    wanted.NodeId, wanted.AttributeId = node.nodeid, ua.AttributeIds.Value
    wanted.Value = ua.DataValue(ua.Variant(value, ua.VariantType.Double))
    parameters.NodesToWrite = [wanted]
    return (await client.uaclient.write(parameters))[0].value


async def main(url):
    async with Client(url) as client:
        space = await client.get_namespace_index("urn:twinscope:plant")
        node = lambda path: client.get_node(ua.NodeId(path, space))
        speed = node("Filler/SpeedSetpoint")
        limits = await (await speed.get_child(["0:EURange"])).read_value()
        found = {"range": [limits.Low, limits.High], "before": await speed.read_value()}
        found["written"] = await write(client, speed, 480.0)
        # What the plant itself says later, not what the server took.
        await asyncio.sleep(3)
        told = await speed.read_data_value()
        found["after"] = told.Value.Value
        found["too_fast"] = await write(client, speed, limits.High + 1)
        found["after_too_fast"] = await speed.read_value()
        found["not_writable"] = await write(client, node("Filler/Speed"), 1.0)
        found["state"] = await node("Filler/State").read_value()
        print(json.dumps(found), flush=True)


asyncio.run(main(sys.argv[1]))
