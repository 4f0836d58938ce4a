"""A device on Paho: says `subscribed`, then `received QOS TEXT` for each message."""

import sys

import paho.mqtt.client as mqtt

port, version, transport, ca, client_id, username, password, topic = sys.argv[1:]
client = mqtt.Client(
    client_id=client_id,
    clean_session=None if version == "5.0" else True,
    protocol=mqtt.MQTTv5 if version == "5.0" else mqtt.MQTTv311,
    transport="websockets" if transport == "websockets" else "tcp")
client.username_pw_set(username, password)
if transport == "tls":
    client.tls_set(ca)


def on_connect(connected, _userdata, _flags, code, _properties=None):
    if code != 0:
        sys.exit(f"CONNACK {code}")
    connected.subscribe(topic, 1)


def say(text):
    print(text, flush=True)


client.on_connect = on_connect
client.on_subscribe = lambda *_: say("subscribed")
client.on_message = lambda _client, _userdata, message: say(
    f"received {message.qos} {message.payload.decode()}")
client.connect("127.0.0.1", int(port), 60)
client.loop_forever()
