// Packs dist into dist/console.bundle, which the build of the server takes in; its format is in
// src/net/console.h.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, gzipSync } from 'node:zlib';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const types = {
  '.css': 'text/css;charset=utf-8',
  '.html': 'text/html;charset=utf-8',
  '.js': 'text/javascript;charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const packed = [...files(dist)].sort()
  .map((path) => ({ name: relative(dist, path), bytes: readFileSync(path) }))
  .filter(({ name }) => name !== 'console.bundle')
  .map(({ name, bytes }) => {
    const type = types[extname(name)];
    if (!type) throw new Error(`no type is known for ${name}`);
    // The page is filled in by the server.
    if (name === 'index.html') return { name, type, encoding: 'identity', bytes };
    const level = constants.Z_BEST_COMPRESSION;
    return { name, type, encoding: 'gzip', bytes: gzipSync(bytes, { level }) };
  });
const head = packed
  .map(({ name, type, encoding, bytes }) => `${name} ${type} ${encoding} ${bytes.length}\n`)
  .join('');
const bundle = Buffer.concat([Buffer.from(`${head}\n`), ...packed.map(({ bytes }) => bytes)]);
writeFileSync(join(dist, 'console.bundle'), bundle);
console.log(`console.bundle: ${packed.length} files, ${Math.round(bundle.length / 1024)} KiB`);
