"""A tank as an OPC UA server by asyncua, that takes writes in the way it is told.

Arguments: port, setpoint to begin with [cm], first number of its nodes. Listens to lines of JSON and answers each
with one, which tells what it holds, every value that was written to it, whatever became of it, and by whom:

    {}                              only tells
    {"mode": "clamp"}               from now on, one of

    take         takes the value
    refuse       says that it is out of range
    lock         lets nobody write any more
    clamp        takes at most 110 and says so
    late         takes the value and says so after 8 s
    cut          takes the value and cuts all connections before it says so
    drop         cuts all connections and does not take the value
    ignore       says that it took the value and does not
    restore      takes the value and puts the former one back after 3 s
"""

import asyncio
import dataclasses
import json
import sys
from datetime import datetime, timezone

from asyncua import Server, ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.user_managers import UserManager

SPACE = "urn:test:tank"
GOOD_CLAMPED = 0x00300000
HIGHEST = 110
RESTORED_AFTER_SECS = 3
LATE_SECS = 8


class Operators(UserManager):
    """Everybody, without rights of an administrator: those write to what is locked as well."""

    def get_user(self, iserver, username=None, password=None, certificate=None):
        return User(role=UserRole.User, name=username)


class Tank:
    def __init__(self, server, setpoint, level):
        self.server, self.setpoint, self.level = server, setpoint, level
        self.mode, self.written, self.writer = "take", [], None
        self.library_write = server.iserver.attribute_service.write
        server.iserver.attribute_service.write = self.write

    async def holds(self):
        return (await self.setpoint.read_data_value()).Value.Value

    async def hold(self, value):
        now = datetime.now(timezone.utc)
        told = ua.DataValue(ua.Variant(value, ua.VariantType.UInt16), SourceTimestamp=now, ServerTimestamp=now)
        await self.server.iserver.write_attribute_value(self.setpoint.nodeid, told)

    async def write(self, params, user):
        wanted = params.NodesToWrite[0]
        if wanted.AttributeId != ua.AttributeIds.Value:
            return await self.library_write(params, user=user)
        # One variable a request, and nothing but its value: that is what is tested, too.
        value = wanted.Value.Value.Value
        times = wanted.Value.SourceTimestamp or wanted.Value.ServerTimestamp
        if wanted.NodeId != self.setpoint.nodeid or len(params.NodesToWrite) > 1 or times:
            return [ua.StatusCode(ua.StatusCodes.BadWriteNotSupported) for _ in params.NodesToWrite]
        if wanted.Value.Value.VariantType != ua.VariantType.UInt16:
            return [ua.StatusCode(ua.StatusCodes.BadTypeMismatch)]
        self.written.append(value)
        self.writer = user.name
        before = await self.holds()
        if self.mode == "refuse":
            return [ua.StatusCode(ua.StatusCodes.BadOutOfRange)]
        if self.mode == "lock":
            return await self.library_write(params, user=user)
        if self.mode == "clamp" and value > HIGHEST:
            await self.hold(HIGHEST)
            return [ua.StatusCode(GOOD_CLAMPED)]
        if self.mode in ("cut", "drop"):
            if self.mode == "cut":
                await self.hold(value)
            self.mode = "take"
            for transport in list(self.server.iserver.asyncio_transports):
                transport.abort()
            await asyncio.sleep(3600)
        if self.mode != "ignore":
            await self.hold(value)
        if self.mode == "late":
            self.mode = "take"
            await asyncio.sleep(LATE_SECS)
        if self.mode == "restore":
            self.mode = "take"
            asyncio.get_running_loop().call_later(
                RESTORED_AFTER_SECS, lambda: asyncio.ensure_future(self.hold(before))
            )
        return [ua.StatusCode()]

    async def fill(self):
        """The level follows the setpoint, with waves, so that there is always something new to tell."""
        level, wave = 1.0 * await self.holds(), 0.2
        while True:
            wave = -wave
            level += 0.1 * (await self.holds() - level) + wave
            now = datetime.now(timezone.utc)
            told = ua.DataValue(ua.Variant(level, ua.VariantType.Float), SourceTimestamp=now, ServerTimestamp=now)
            await self.server.iserver.write_attribute_value(self.level.nodeid, told)
            await asyncio.sleep(0.2)

    async def obey(self):
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            told = json.loads(line)
            self.mode = told.get("mode", self.mode)
            if self.mode == "lock":
                await self.setpoint.set_read_only()
            print(json.dumps({"holds": await self.holds(), "written": self.written, "writer": self.writer}), flush=True)


async def main(port, holds, first):
    server = Server(user_manager=Operators())
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace(SPACE)
    named = lambda name: ua.QualifiedName(name, space)
    numbers = iter(range(first, first + 10))
    node = lambda: ua.NodeId(next(numbers), space)
    tank = await server.nodes.objects.add_object(node(), named("Tank"))
    level = await tank.add_variable(node(), named("Level"), ua.Variant(1.0 * holds, ua.VariantType.Float))
    setpoint = await tank.add_variable(node(), named("Setpoint"), ua.Variant(holds, ua.VariantType.UInt16))
    await setpoint.set_writable()
    async with server:
        # The library writes its own state when it starts: from now on only what clients want is looked at.
        tank = Tank(server, setpoint, level)
        await tank.hold(holds)
        filling = asyncio.ensure_future(tank.fill())
        print("ready", flush=True)
        await tank.obey()
        filling.cancel()


asyncio.run(main(*(int(argument) for argument in sys.argv[1:])))
