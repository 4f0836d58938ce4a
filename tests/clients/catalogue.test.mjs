// What Herald declares, held against the models of the official typed SDK.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createRequire } from 'node:module';

import { sdkModels as iotModels } from './clients.mjs';
import { run } from './herald.mjs';

// What the SDK lacks and the documentation has: operations.md, sections 10 and 11. Herald's own
// additions are marked as such where they are declared.
const newer = {
  BatchPub: ['TopicTemplateName', 'ResponseTopicTemplateName', 'CorrelationData', 'ContentType',
    'PayloadFormatIndicator', 'MessageExpiryInterval', 'Retained', 'UserProp'],
  Pub: ['ContentType', 'PayloadFormatIndicator', 'Retained', 'MessageExpiryInterval', 'TopicAlias'],
  CreateProductTopic: ['EnableProxySubscribe', 'Codec'],
  UpdateProductTopic: ['EnableProxySubscribe', 'Codec'],
  QueryProductTopic: ['EnableProxySubscribe', 'Codec'],
  BatchGetDeviceState: ['Timestamp'],
  BatchCheckDeviceNames: ['InvalidDetailList', 'RepeatedDeviceNameList'],
  QueryBatchRegisterDeviceStatus: ['InvalidDetailList'],
  RRpc: ['ContentType'],
  SetDeviceProperty: ['Qos'],
  SetDevicesProperty: ['Qos'],
  InvokeThingService: ['Qos'],
  InvokeThingsService: ['Qos'],
  QueryMessageInfo: ['TransformedMessageContent', 'TransformedTopicFullName', 'MqttProperties'],
};
// What the documentation has and the SDK does not: operations.md, †.
const notInSdk = ['UnsubscribeTopic', 'AsyncRRpc', 'ClearDeviceDesiredProperty'];
const require = createRequire(import.meta.url);
const sdks = {
  Iot: iotModels,
  Ram: require('@alicloud/ram20150501'),
  Sts: require('@alicloud/sts20150401'),
};
// Every answer has them.
const base = ['RequestId', 'Success', 'Code', 'ErrorMessage'];

const { stdout } = await run(['operations', '--json']);
const operations = JSON.parse(stdout).Operations;
const isNewer = (operation, name) => newer[operation.Name]?.includes(name);

// Herald's words for the types of the SDK.
const scalars = { string: ['String'], number: ['Integer', 'Long'], boolean: ['Boolean'] };

// Whether Herald's type is the SDK's, or why not. `members` are those of an object or a list.
function typeDifferences({ Type, Members }, type, operation, path) {
  const item = type.type === 'array' ? type.itemType : type;
  // What the SDK takes for free maps are texts on the wire.
  if (item.type === 'map') return Type === 'List' && !Members ? [] : [`${path} is ${Type}`];
  if (typeof item.names === 'function') {
    const kinds = type === item ? ['Object'] : ['List', 'List of Object'];
    if (!kinds.includes(Type)) return [`${path} is ${Type}, in the SDK ${item.name}`];
    // Of the members of parameters, which are texts, just the names are declared.
    const members = Members.map((member) =>
      (typeof member === 'string' ? { Name: member, Type: 'String' } : member));
    return differences(members, item, operation, `${path}.`);
  }
  const isList = type !== item;
  const kinds = scalars[item].map((scalar) => (isList ? `List of ${scalar}` : scalar));
  // Of a list in an answer, texts are what is not said to have members.
  if (isList && item === 'string' && !Members) kinds.push('List');
  return kinds.includes(Type) ? [] : [`${path} is ${Type}, in the SDK ${kinds.join(' or ')}`];
}

// In which fields the two differ.
function differences(declared, model, operation, path = '') {
  const names = Object.entries(model.names());
  const types = Object.fromEntries(names.map(([field, name]) => [name, model.types()[field]]));
  const found = declared.flatMap((field) => {
    if (field.Own) return [];
    if (field.Name in types) {
      return typeDifferences(field, types[field.Name], operation, path + field.Name);
    }
    return isNewer(operation, field.Name) ? [] : [`${path}${field.Name} is not in the SDK`];
  });
  const missing = Object.keys(types)
    .filter((name) => !declared.some(({ Name }) => Name === name))
    .filter((name) => path !== '' || !base.includes(name));
  return [...found, ...missing.map((name) => `${path}${name} is not declared`)];
}

test('there are operations', () => {
  assert.ok(operations.some(({ Name }) => Name === 'BatchPub'));
});

for (const operation of operations) {
  const { Name, Own, Parameters, Answer } = operation;
  const sdkModels = sdks[operation.Product];
  if (Own) {
    test(`${Name} is Herald's own: the SDK has no such operation`, () => {
      assert.equal(sdkModels[`${Name}Request`], undefined);
    });
    continue;
  }
  if (notInSdk.includes(Name)) continue;
  test(`${Name}: the SDK has the operation`, () => {
    const method = Name[0].toLowerCase() + Name.slice(1);
    assert.equal(typeof sdkModels.default.prototype[method], 'function');
  });

  test(`${Name}: parameters`, () => {
    const model = sdkModels[`${Name}Request`];
    if (!model) return assert.deepEqual(Parameters, []);
    assert.deepEqual(differences(Parameters, model, operation), []);
  });

  test(`${Name}: answer`, () => {
    const model = sdkModels[`${Name}ResponseBody`];
    assert.deepEqual(differences(Answer, model, operation), []);
  });
}

test('every newer field is declared', () => {
  for (const [name, fields] of Object.entries(newer)) {
    const declared = JSON.stringify(operations.find(({ Name }) => Name === name) ?? {});
    for (const field of fields) assert.ok(declared.includes(`"${field}"`), `${name}.${field}`);
  }
});
