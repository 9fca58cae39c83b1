"""A client by asyncua that looks at the plant's server and changes it; prints what it found as JSON.

Arguments: url, and for Basic256Sha256 a folder, a user and a password.
"""

import asyncio
import json
import sys
from pathlib import Path

from asyncua import Client, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from cryptography.x509.oid import ExtendedKeyUsageOID

URI = "urn:test:client"


class Told:
    def __init__(self):
        self.queue = asyncio.Queue()

    def datachange_notification(self, node, value, data):
        told = data.monitored_item.Value
        self.queue.put_nowait([value, told.StatusCode.value, told.SourceTimestamp.timestamp() if told.SourceTimestamp else None])


async def status_of(work):
    try:
        result = await work
        return 0 if result is None else result
    except ua.UaStatusCodeError as error:
        return error.code


async def write(client, node, value):
    """The status code as it stands in the answer: asyncua itself takes every good one for success."""
    parameters = ua.WriteParameters()
    wanted = ua.WriteValue()
    wanted.NodeId, wanted.AttributeId = node.nodeid, ua.AttributeIds.Value
    wanted.Value = ua.DataValue(ua.Variant(value, ua.VariantType.Double))
    parameters.NodesToWrite = [wanted]
    return (await client.uaclient.write(parameters))[0].value


async def visit(client):
    found = {}
    space = await client.get_namespace_index("urn:twinscope:plant")
    node = lambda path: client.get_node(ua.NodeId(path, space))
    filler = await client.nodes.objects.get_child([f"{space}:Filler"])
    found["children"] = sorted([(await child.read_browse_name()).Name for child in await filler.get_children()])
    speed = node("Filler/Speed")
    found["type"] = (await speed.read_type_definition()).Identifier
    limits = await (await speed.get_child(["0:EURange"])).read_value()
    unit = await (await speed.get_child(["0:EngineeringUnits"])).read_value()
    found["range"] = [limits.Low, limits.High]
    found["unit"] = [unit.UnitId, unit.DisplayName.Text]
    found["description"] = (await speed.read_description()).Text
    found["state"] = await node("Filler/State").read_value()

    told = Told()
    subscription = await client.create_subscription(50, told)
    await subscription.subscribe_data_change(speed)
    found["first"] = await asyncio.wait_for(told.queue.get(), 10)
    found["good"] = await write(client, speed, 500.0)
    found["after_good"] = (await asyncio.wait_for(told.queue.get(), 10))[0]
    found["clamped"] = await write(client, speed, 5000.0)
    found["after_clamped"] = (await asyncio.wait_for(told.queue.get(), 10))[0]
    found["rejected"] = await write(client, speed, -1.0)
    found["not_writable"] = await write(client, node("Filler/Count"), 1.0)

    lease = node("Lease")
    call = lambda name, *arguments: status_of(lease.call_method(node(f"Lease/{name}").nodeid, *arguments))
    paths = ua.Variant(["Filler/Speed"], ua.VariantType.String)
    values = ua.Variant([ua.Variant(600.0, ua.VariantType.Double)], ua.VariantType.Variant)
    found["feed_free"] = await call("Feed")
    found["arm_unknown"] = await call("Arm", 1.0, ua.Variant(["Nothing"], ua.VariantType.String), values)
    found["arm"] = await call("Arm", 1.0, paths, values)
    found["arm_twice"] = await call("Arm", 1.0, paths, values)
    found["feed"] = await call("Feed")
    found["remaining"] = await node("Lease/Remaining").read_value()
    found["reverted"] = (await asyncio.wait_for(told.queue.get(), 10))[0]
    found["arm_again"] = await call("Arm", 1.0, paths, values)
    found["release_other"] = await call("Release", ua.Variant(["Filler/Count"], ua.VariantType.String))
    found["release_one"] = await call("Release", paths)
    found["feed_released"] = await call("Feed")
    found["arm_for_all"] = await call("Arm", 1.0, paths, values)
    found["release"] = await call("Release")
    found["write_before_death"] = await write(client, speed, 450.0)
    found["arm_before_death"] = await call("Arm", 1.0, paths, values)
    return found


async def main(url, security):
    client = Client(url)
    if security:
        folder, user, password = security
        key, certificate = Path(folder, "client.pem"), Path(folder, "client.der")
        await setup_self_signed_certificate(
            key, certificate, URI, "127.0.0.1", [ExtendedKeyUsageOID.CLIENT_AUTH], {"commonName": "test client"}
        )
        client.application_uri = URI
        await client.set_security(SecurityPolicyBasic256Sha256, str(certificate), str(key), mode=ua.MessageSecurityMode.SignAndEncrypt)
        client.set_user(user)
        client.set_password(password)
    async with client:
        found = await visit(client)
    print(json.dumps(found), flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2:]))
