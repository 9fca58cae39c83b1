"""An OPC UA server by asyncua that keeps a past, told what to do by lines of JSON on its input.

Arguments: port, number of past values, seconds between them, moment of the last (seconds since the epoch),
and values that it tells in one answer. Level and State keep a past, Plain does not; with "none" as a sixth
argument none of them does. Says "ready" when it listens, and one line for each command:
{"level": [[value, seconds], ...]} writes values, one after the other.
"""

import asyncio
import json
import sys
from datetime import datetime, timezone

from asyncua import Server, ua

SPACE = "urn:test:past"


def moment(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc)


def told(value, kind, seconds):
    return ua.DataValue(Value=ua.Variant(value, kind), SourceTimestamp=moment(seconds))


async def tell(server, node, kind, values):
    for value, seconds in values:
        await server.write_attribute_value(node.nodeid, told(value, kind, seconds))
        # The server's own history listens as a client does; it shall hear each.
        await asyncio.sleep(0.03)


async def main(port, count, step, last, page, keeps):
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace(SPACE)
    kinds = {"Level": ua.VariantType.Double, "State": ua.VariantType.String, "Plain": ua.VariantType.Double}
    initial = {"Level": 0.0, "State": "Idle", "Plain": 7.0}
    nodes = {}
    for name, kind in kinds.items():
        variable = await server.nodes.objects.add_variable(
            ua.NodeId(name, space), ua.QualifiedName(name, space), ua.Variant(initial[name], kind)
        )
        # Before the past begins: what the history hears first stands first.
        await server.write_attribute_value(variable.nodeid, told(initial[name], kind, last - 7200))
        nodes[name] = variable
    async with server:
        if keeps:
            storage = server.iserver.history_manager.storage
            storage.max_history_data_response_size = page
            for name in ["Level", "State"]:
                await server.iserver.enable_history_data_change(nodes[name], period=None, count=0)
            await asyncio.sleep(0.3)
            times = [last - step * (count - 1 - index) for index in range(count)]
            for index, at in enumerate(times[:-1]):
                await storage.save_node_value(nodes["Level"].nodeid, told(float(index), kinds["Level"], at))
                if index % 250 == 0:
                    await storage.save_node_value(nodes["State"].nodeid, told(f"S{index}", kinds["State"], at))
            await tell(server, nodes["Level"], kinds["Level"], [[float(count - 1), last]])
        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await tell(server, nodes["Level"], kinds["Level"], json.loads(line)["level"])
            print("done", flush=True)


arguments = sys.argv[1:]
asyncio.run(
    main(int(arguments[0]), int(arguments[1]), float(arguments[2]), float(arguments[3]), int(arguments[4]), len(arguments) < 6)
)
