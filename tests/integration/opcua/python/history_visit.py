"""A client by asyncua that reads the past at the plant's server; prints what it found as JSON.

Arguments: url, path of a variable, and first and last moment in seconds since the epoch.
"""

import asyncio
import json
import sys
from datetime import datetime, timezone

from asyncua import Client, ua


def moment(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc)


def shown(values):
    return [[told.Value.Value if told.Value else None, told.SourceTimestamp.timestamp(), told.StatusCode.value] for told in values]


async def status_of(work):
    try:
        await work
        return 0
    except ua.UaStatusCodeError as error:
        return error.code


async def main(url, path, first, last):
    async with Client(url) as client:
        space = await client.get_namespace_index("urn:twinscope:plant")
        node = client.get_node(ua.NodeId(path, space))
        begin, end = moment(first), moment(last)
        read = lambda *arguments, **more: node.read_raw_history(*arguments, **more)
        found = {
            "historizing": (await node.read_attribute(ua.AttributeIds.Historizing)).Value.Value,
            "access": (await node.read_attribute(ua.AttributeIds.UserAccessLevel)).Value.Value,
            "whole": shown(await read(begin, moment(last + 1), return_bounds=False)),
            "without_end": shown(await read(begin, end, return_bounds=False)),
            "with_bounds": shown(await read(begin, end)),
            "back": shown(await read(end, begin, numvalues=5, return_bounds=False)),
            "first_three": shown(await read(begin, None, numvalues=3, return_bounds=False)),
            "last_three": shown(await read(None, moment(last + 1), numvalues=3, return_bounds=False)),
            "nothing": shown(await read(moment(1), moment(2), return_bounds=False)),
            "before": shown(await read(moment(1), moment(2))),
        }
        remaining = client.get_node(ua.NodeId("Lease/Remaining", space))
        found["no_past"] = await status_of(remaining.read_raw_history(begin, end))
        print(json.dumps(found), flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])))
