// Calls with what programs have to quote, for the samples of all languages.
const awkward = 'it\'s "quoted", $HOME `id` \\n ??/ 100 % + — 温度 🌡 <&>';
const lines = `${awkward}\n\t'two' lines`;

// Base64 of it has both `+` and `/`, and ends in `=`.
const payload = Buffer.from([0xfb, 0xef, 0xbe, 0xff, 0xff, 0xff, 0x00]);

// `parameters` for one of the languages. `check` is given what the call answered, and `ask`, which calls an operation,
// to see what has arrived. The first of the devices has a session that messages wait for.
export const calls = ({ instance, productKey, deviceNames }) => [
  {
    action: 'BatchPub',
    parameters: () => ({
      IotInstanceId: instance, ProductKey: productKey,
      ...Object.fromEntries(deviceNames.map((name, i) => [`DeviceName.${i + 1}`, name])),
      MessageContent: payload.toString('base64'), TopicShortName: 'get', Qos: '1',
      'UserProp.1.Key': 'a\'b"c$d\\e', 'UserProp.1.Value': awkward, 'UserProp.2.Key': '--x', 'UserProp.2.Value': '-1 +1=0',
    }),
    check: async (assert, { MessageId }, ask) => {
      const { Message } = await ask('QueryMessageInfo', { UniMsgId: MessageId });
      assert.deepEqual(Message.UserProperties.map(({ Key, Value }) => [Key, Value]),
        [['a\'b"c$d\\e', awkward], ['--x', '-1 +1=0']]);
      assert.equal(Message.MessageContent, payload.toString('base64'));
    },
  },
  {
    action: 'Pub',
    parameters: () => ({
      IotInstanceId: instance, ProductKey: productKey, TopicFullName: `/${productKey}/${deviceNames[0]}/user/get`,
      MessageContent: payload.toString('base64'), Qos: '1',
    }),
    check: async (assert, { MessageId }, ask) => {
      const { Message } = await ask('QueryMessageInfo', { UniMsgId: MessageId });
      assert.equal(Message.MessageContent, payload.toString('base64'));
    },
  },
  {
    action: 'SaveDeviceProp',
    parameters: () => ({
      IotInstanceId: instance, ProductKey: productKey, DeviceName: deviceNames[0], Props: JSON.stringify({ note: lines }),
    }),
    check: async (assert, _, ask) => {
      const { Props } = await ask('QueryDeviceProp', { ProductKey: productKey, DeviceName: deviceNames[0] });
      assert.deepEqual(JSON.parse(Props), { note: lines });
    },
  },
  {
    action: 'BatchGetDeviceState',
    parameters: () => ({
      IotInstanceId: instance, ProductKey: productKey,
      ...Object.fromEntries(deviceNames.map((name, i) => [`DeviceName.${i + 1}`, name])),
    }),
    check: async (assert, { DeviceStatusList }) => assert.equal(DeviceStatusList.DeviceStatus.length, deviceNames.length),
  },
  {
    // Another product of the API, with a version of its own.
    action: 'CreatePolicy',
    parameters: (language) => ({
      PolicyName: `sample-${language}`, Description: 'it\'s "$all" — 全部',
      PolicyDocument: '{"Version":"1","Statement":[{"Effect":"Allow","Action":"iot:BatchPub","Resource":"*"}]}',
    }),
    check: async (assert, { Policy }) => assert.equal(Policy.Description, 'it\'s "$all" — 全部'),
  },
  {
    action: 'GetCallerIdentity',
    parameters: () => ({}),
    check: async (assert, { AccountId }) => assert.match(String(AccountId), /^\d+$/),
  },
];
