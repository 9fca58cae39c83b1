"""A filler behind an MQTT broker, with the client of Eclipse Paho. Prints each speed that it was told.

Usage: mqtt_plant.py PORT VERSION MANNERS [CA USER PASSWORD]

VERSION is 3 (3.1.1) or 5. It listens on filler/speed/set to {"to": speed} and shows its speed twice a second on
filler/speed. MANNERS: "answer" (to the response topic), "reject", "clamp" to 593; "echo" shows plain numbers, without
a time, and answers nothing; "deaf" takes nothing.
"""

import json
import sys
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

port, version, manners = int(sys.argv[1]), sys.argv[2], sys.argv[3]
protocol = mqtt.MQTTv5 if version == "5" else mqtt.MQTTv311
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "filler", protocol=protocol)
speed = 600


def show():
    text = str(speed) if manners == "echo" else json.dumps({"speed": speed, "at": time.time()})
    client.publish("filler/speed", text, qos=1, retain=True)


def told(_client, _data, message):
    global speed
    to = json.loads(message.payload)["to"]
    print(to, message.retain, flush=True)
    status = {"status": "accepted"}
    if manners == "reject":
        status = {"status": "rejected", "reason": "in HOLD"}
    elif manners == "clamp" and to < 593:
        speed, status = 593, {"status": "clamped", "reason": "593 at least"}
    elif manners != "deaf":
        speed = to
    if manners not in ("echo", "deaf"):
        answer = Properties(PacketTypes.PUBLISH)
        answer.CorrelationData = message.properties.CorrelationData
        client.publish(message.properties.ResponseTopic, json.dumps(status), qos=1, properties=answer)
    show()


client.on_message = told
client.on_connect = lambda *_: client.subscribe("filler/speed/set", 1)
client.on_subscribe = lambda *_: print("ready", flush=True)
if len(sys.argv) > 4:
    client.tls_set(sys.argv[4])
    client.username_pw_set(sys.argv[5], sys.argv[6])
client.connect("127.0.0.1", port)
client.loop_start()
while True:
    time.sleep(0.5)
    show()
