// Thing models through both SDKs: both notations, drafts and versions, before and after a restart.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { sdkCalls } from './clients.mjs';
import { Herald } from './herald.mjs';

const operations = ['ImportThingModelTsl', 'CreateThingModel', 'UpdateThingModel',
  'DeleteThingModel', 'QueryThingModel', 'QueryThingModelPublished', 'GetThingModelTsl',
  'GetThingModelTslPublished', 'PublishThingModel', 'ListThingModelVersion', 'CopyThingModel'];
const herald = await Herald.start(
  Object.fromEntries(operations.map((name) => [`quota.${name}`, 'unlimited'])));
after(() => herald.stop());

const parameter = (identifier, type, specs) =>
  ({ identifier, name: identifier, dataType: { type, specs } });
const property = (identifier, type, specs, accessMode = 'rw') =>
  ({ ...parameter(identifier, type, specs), accessMode, required: false });
const lamp = {
  properties: [
    property('Power', 'bool', { 0: 'off', 1: 'on' }),
    property('Level', 'int', { min: '0', max: '100', step: '1', unit: '%', unitName: '百分比' }),
    property('Temperature', 'float', { min: '-40.0', max: '120.5', step: '0.1' }, 'r'),
    property('Energy', 'double', { min: '0', max: '1000000000000' }, 'r'),
    property('Mode', 'enum', { 1: '暖 & <warm>', 2: 'cold' }),
    property('Label', 'text', { length: '16' }),
    property('Installed', 'date', {}),
    property('Position', 'struct', [parameter('Longitude', 'double', { min: '-180', max: '180' }),
      parameter('Fixed', 'bool', { 0: 'no', 1: 'yes' })], 'r'),
    property('Curve', 'array', { size: '128', item: { type: 'int', specs: {} } }),
  ],
  events: [{ identifier: 'Broken', name: 'Broken', type: 'error', required: false,
    outputData: [parameter('Part', 'text', { length: '64' })] }],
  services: [{ identifier: 'Dim', name: 'Dim', callType: 'sync', required: false,
    inputData: [parameter('To', 'int', { min: '0', max: '100' })], outputData: [] }],
};
const level = { identifier: 'Level', name: 'Level', rwFlag: 'READ_WRITE', dataType: 'INT',
  dataSpecs: { dataType: 'INT', min: '0', max: '9' } };
const mode = { identifier: 'Mode', name: 'Mode', rwFlag: 'READ_ONLY', dataType: 'ENUM',
  dataSpecsList: [{ dataType: 'ENUM', name: 'warm', value: 1 }] };
const named = (list) => list.map(({ identifier }) => identifier);

for (const [sdk, sdkCall] of Object.entries(sdkCalls)) {
  const answer = (action, parameters) =>
    sdkCall(herald, action, { IotInstanceId: herald.instance, ...parameters });
  const succeeds = async (action, parameters) => {
    const body = await answer(action, parameters);
    assert.equal(body.Success, true, `${action}: ${body.Code} ${body.ErrorMessage}`);
    return body;
  };
  const fails = async (action, parameters, code) =>
    assert.equal((await answer(action, parameters)).Code, code);

  let made = 0;
  const newProduct = async (more = {}) => {
    made += 1;
    return (await succeeds('CreateProduct', { ProductName: `${sdk.slice(0, 3)}_things_${made}`,
      NodeType: 0, AliyunCommodityCode: 'iothub_senior', ...more })).ProductKey;
  };
  const importTsl = (ProductKey, tsl = lamp) =>
    succeeds('ImportThingModelTsl', { ProductKey, TslStr: JSON.stringify(tsl) });
  const tsl = async (action, parameters) =>
    JSON.parse((await succeeds(action, parameters)).Data.TslStr);
  const model = async (action, parameters) =>
    JSON.parse((await succeeds(action, parameters)).Data.ThingModelJson);
  const create = (ProductKey, ...properties) => succeeds('CreateThingModel',
    { ProductKey, ThingModelJson: JSON.stringify({ properties }) });
  const publish = (ProductKey, ModelVersion) =>
    succeeds('PublishThingModel', { ProductKey, ModelVersion, Description: `版本 ${ModelVersion}` });
  const versions = async (ProductKey) =>
    (await succeeds('ListThingModelVersion', { ProductKey })).Data.ModelVersions;
  const check = (name, run) => test(`${sdk}: ${name}`, run);

  check('a TSL is imported and answered, with what every device has', async () => {
    const ProductKey = await newProduct();
    await importTsl(ProductKey);
    const answered = await tsl('GetThingModelTsl', { ProductKey });
    assert.equal(answered.profile.productKey, ProductKey);
    for (const [i, wanted] of lamp.properties.entries()) {
      const { identifier, name, accessMode, required, dataType } = answered.properties[i];
      assert.deepEqual({ identifier, name, accessMode, required, dataType }, wanted);
    }
    assert.deepEqual(named(answered.events), ['post', 'Broken']);
    assert.deepEqual(answered.events.map(({ method }) => method),
      ['thing.event.property.post', 'thing.event.Broken.post']);
    assert.deepEqual(named(answered.services), ['set', 'get', 'Dim']);
    const [set, get, dim] = answered.services;
    assert.equal(set.method, 'thing.service.property.set');
    assert.deepEqual(named(set.inputData),
      lamp.properties.filter(({ accessMode }) => accessMode === 'rw')
        .map(({ identifier }) => identifier));
    assert.deepEqual(get.inputData, named(lamp.properties));
    assert.equal(dim.method, 'thing.service.Dim');
    // What was answered can be imported again.
    await importTsl(ProductKey, answered);
    assert.deepEqual(await tsl('GetThingModelTsl', { ProductKey }), answered);
    const simple = await tsl('GetThingModelTsl', { ProductKey, Simple: true });
    assert.deepEqual(simple.properties[1], { identifier: 'Level', dataType: { type: 'int' } });
  });

  check('a draft becomes a version, which later edits leave alone', async () => {
    const ProductKey = await newProduct();
    await fails('GetThingModelTslPublished', { ProductKey }, 'Thing.model.not.found');
    await create(ProductKey, level);
    await publish(ProductKey, 'v1');
    await create(ProductKey, mode);
    assert.deepEqual(named((await model('QueryThingModel', { ProductKey })).properties),
      ['Level', 'Mode']);
    const published = await model('QueryThingModelPublished', { ProductKey });
    assert.deepEqual(named(published.properties), ['Level']);
    assert.deepEqual(published._ppk, { version: 'v1', description: '版本 v1' });
    await publish(ProductKey, 'v2');
    const list = await versions(ProductKey);
    assert.deepEqual(list.map(({ ModelVersion, Description }) => [ModelVersion, Description]),
      [['v2', '版本 v2'], ['v1', '版本 v1']]);
    assert.ok(Math.abs(list[0].GmtCreate - Date.now()) < 60_000);
    const old = await tsl('GetThingModelTslPublished', { ProductKey, ModelVersion: 'v1' });
    assert.deepEqual(named(old.properties), ['Level']);
    await fails('PublishThingModel', { ProductKey, ModelVersion: 'v2' },
      'Thing.Model.Version.Invalid');
  });

  check('features are changed and deleted, in either notation', async () => {
    const ProductKey = await newProduct();
    await importTsl(ProductKey);
    const { properties } = await model('QueryThingModel', { ProductKey });
    const renamed = { ...properties.find(({ identifier }) => identifier === 'Position'),
      identifier: 'Place' };
    await succeeds('UpdateThingModel', { ProductKey, Identifier: 'Position',
      ThingModelJson: JSON.stringify({ properties: [renamed] }) });
    const position = lamp.properties.find(({ identifier }) => identifier === 'Position');
    const place = (await tsl('GetThingModelTsl', { ProductKey })).properties
      .find(({ identifier }) => identifier === 'Place');
    assert.deepEqual(place.dataType, position.dataType);
    await succeeds('DeleteThingModel', { ProductKey, PropertyIdentifier: ['Place', 'Mode'],
      EventIdentifier: ['Broken'], ServiceIdentifier: ['Dim'] });
    const left = await model('QueryThingModel', { ProductKey });
    assert.equal(left.properties.length, lamp.properties.length - 2);
    assert.deepEqual([left.events, left.services], [[], []]);
    await fails('DeleteThingModel', { ProductKey, PropertyIdentifier: ['Mode'] },
      'iot.prod.QueryProductAbilitiesNotFound');
  });

  check('a block has names of its own', async () => {
    const ProductKey = await newProduct();
    const FunctionBlockId = 'strip';
    await create(ProductKey, level);
    await succeeds('CreateThingModel', { ProductKey, FunctionBlockId, FunctionBlockName: 'Strip',
      ThingModelJson: JSON.stringify({ properties: [level, mode] }) });
    const whole = await model('QueryThingModel', { ProductKey });
    assert.deepEqual(named(whole.properties), ['Level']);
    assert.deepEqual(whole.functionBlocks,
      [{ functionBlockId: 'strip', functionBlockName: 'Strip', productKey: ProductKey }]);
    const strip = await tsl('GetThingModelTsl', { ProductKey, FunctionBlockId });
    assert.deepEqual(named(strip.properties), ['Level', 'Mode']);
    await succeeds('DeleteThingModel', { ProductKey, FunctionBlockId });
    await fails('GetThingModelTsl', { ProductKey, FunctionBlockId }, 'Thing.model.not.found');
  });

  check('a version is copied to another product of the category', async () => {
    const SourceProductKey = await newProduct();
    const TargetProductKey = await newProduct();
    await importTsl(SourceProductKey);
    await publish(SourceProductKey, '1.0');
    const copied = { SourceProductKey, TargetProductKey, SourceModelVersion: '1.0' };
    await succeeds('CopyThingModel', copied);
    assert.deepEqual(named((await tsl('GetThingModelTsl', { ProductKey: TargetProductKey })).properties),
      named(lamp.properties));
    assert.deepEqual(await versions(TargetProductKey), []);
    await fails('CopyThingModel', { ...copied, SourceModelVersion: '2.0' }, 'Thing.model.not.found');
    await fails('CopyThingModel',
      { ...copied, TargetProductKey: await newProduct({ CategoryKey: 'Lighting' }) },
      'Category.not.same');
  });

  check('what breaks a rule changes nothing, and is named', async () => {
    const ProductKey = await newProduct();
    await create(ProductKey, level);
    const refused = async (broken, words) => {
      const body = await answer('ImportThingModelTsl',
        { ProductKey, TslStr: JSON.stringify({ properties: [broken] }) });
      assert.equal(body.Code, 'iot.tsl.InvalidFormattedTslError');
      assert.match(body.ErrorMessage, words);
    };
    await refused(property('a-b', 'date', {}), /property a-b: an identifier/);
    await refused(property('value', 'date', {}), /property value: an identifier/);
    await refused(property('X', 'int', { min: '9', max: '1' }), /property X: min 9 is above max 1/);
    await refused(property('X', 'text', { length: '10241' }), /property X: length 10241/);
    await refused(property('X', 'colour', {}), /property X: there is no type 'colour'/);
    await refused(property('X', 'struct', []), /property X: a struct without members/);
    await fails('ImportThingModelTsl', { ProductKey, TslStr: '{' }, 'iot.tsl.TslParseError');
    await fails('CreateThingModel',
      { ProductKey, ThingModelJson: JSON.stringify({ properties: [level] }) },
      'iot.tsl.InvalidFormattedTslError');
    assert.deepEqual(named((await model('QueryThingModel', { ProductKey })).properties), ['Level']);
  });

  check('a released product and a basic one are not edited', async () => {
    const ProductKey = await newProduct();
    await succeeds('ReleaseProduct', { ProductKey });
    await fails('PublishThingModel', { ProductKey }, 'Product.has.published');
    await succeeds('CancelReleaseProduct', { ProductKey });
    await publish(ProductKey, 'v1');
    const basic = await herald.createProduct();
    await fails('QueryThingModel', { ProductKey: basic }, 'iot.prod.NotSeniorProduct');
  });

  check('drafts and versions are there after the server was killed', async () => {
    const ProductKey = await newProduct();
    await importTsl(ProductKey);
    await publish(ProductKey, 'v1');
    await succeeds('DeleteThingModel', { ProductKey, PropertyIdentifier: ['Power'] });
    const before = await Promise.all(['GetThingModelTsl', 'GetThingModelTslPublished']
      .map((action) => tsl(action, { ProductKey })));
    const listed = await versions(ProductKey);
    const doomed = await newProduct();
    await importTsl(doomed);
    await publish(doomed, 'v1');
    await succeeds('DeleteProduct', { ProductKey: doomed });
    await herald.kill();
    await herald.serve();
    assert.deepEqual(await Promise.all(['GetThingModelTsl', 'GetThingModelTslPublished']
      .map((action) => tsl(action, { ProductKey }))), before);
    assert.deepEqual(await versions(ProductKey), listed);
    await fails('QueryThingModel', { ProductKey: doomed }, 'iot.prod.NotExistedProduct');
  });
}
