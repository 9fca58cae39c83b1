"""An OPC UA server by asyncua, told what to do by lines of JSON on its input.

Arguments: port, number of extra variables, and "secure" with a folder, a user and a password for
Basic256Sha256 with login. Says "ready" when it listens, and one line of JSON for each command.
"""

import asyncio
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.server.user_managers import UserManager
from asyncua.crypto.permission_rules import User, UserRole
from cryptography.x509.oid import ExtendedKeyUsageOID

SPACE = "urn:test:line"
URI = "urn:test:server"


class OneUser(UserManager):
    def __init__(self, name, password):
        self.name, self.password = name, password

    def get_user(self, iserver, username=None, password=None, certificate=None):
        right = username == self.name and password == self.password
        return User(role=UserRole.Admin, name=username) if right else None


async def secured(server, folder, user, password):
    key, certificate = Path(folder, "server.pem"), Path(folder, "server.der")
    await setup_self_signed_certificate(
        key, certificate, URI, "127.0.0.1", [ExtendedKeyUsageOID.SERVER_AUTH], {"commonName": "test line"}
    )
    server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
    await server.load_certificate(str(certificate))
    await server.load_private_key(str(key))
    server.set_identity_tokens([ua.UserNameIdentityToken])


async def build(server, extra):
    space = await server.register_namespace(SPACE)
    node = lambda name: ua.NodeId(name, space)
    named = lambda name: ua.QualifiedName(name, space)
    line = await server.nodes.objects.add_object(node("Line"), named("Line"))
    filler = await line.add_object(node("Filler"), named("Filler"))
    initial = {
        "Speed": ua.Variant(600.0, ua.VariantType.Double),
        "State": ua.Variant("Execute", ua.VariantType.String),
        "Count": ua.Variant(7, ua.VariantType.UInt32),
        "Running": ua.Variant(True, ua.VariantType.Boolean),
        "List": ua.Variant([1.0, 2.0, 3.0], ua.VariantType.Double),
    }
    nodes = {}
    for name, value in initial.items():
        nodes[name] = await filler.add_variable(node(f"Filler.{name}"), named(name), value)
    speed = nodes["Speed"]
    await speed.set_writable()
    await speed.write_attribute(
        ua.AttributeIds.Description, ua.DataValue(ua.Variant(ua.LocalizedText("Bottles each minute")))
    )
    await speed.add_property(ua.NodeId("Filler.Speed.Range", space), "0:EURange", ua.Range(0.0, 900.0))
    unit = ua.EUInformation(
        NamespaceUri="http://www.opcfoundation.org/UA/units/un/cefact",
        UnitId=4405556,
        DisplayName=ua.LocalizedText("1/min"),
        Description=ua.LocalizedText("reciprocal minute"),
    )
    await speed.add_property(ua.NodeId("Filler.Speed.Unit", space), "0:EngineeringUnits", unit)
    for index in range(extra):
        name = f"Extra{index}"
        nodes[name] = await filler.add_variable(node(f"Filler.{name}"), named(name), float(index))
    return nodes


def data_value(command, kind):
    value = None if command.get("value") is None else ua.Variant(command["value"], kind)
    time = lambda key: datetime.fromtimestamp(command[key], timezone.utc).replace(tzinfo=None) if key in command else None
    return ua.DataValue(
        Value=value,
        StatusCode=ua.StatusCode(command.get("status", 0)),
        SourceTimestamp=time("source"),
        ServerTimestamp=time("server"),
    )


async def obey(server, nodes):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        node = nodes[command["node"]]
        kind = await node.read_data_type_as_variant_type()
        # Not through the node: that puts the present where there is no source time.
        await server.write_attribute_value(node.nodeid, data_value(command, kind))
        print(json.dumps({"done": command["node"]}), flush=True)


async def main(port, extra, security):
    server = Server(user_manager=OneUser(*security[1:]) if security else None)
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/")
    await server.set_application_uri(URI)
    if security:
        await secured(server, *security)
    else:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    nodes = await build(server, extra)
    async with server:
        print("ready", flush=True)
        await obey(server, nodes)


arguments = sys.argv[1:]
asyncio.run(main(int(arguments[0]), int(arguments[1]), arguments[3:]))
