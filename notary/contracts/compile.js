// Compiles the contracts with the pinned solc and writes ABI, creation code and runtime code of each beside it.
// The settings decide the code hash that trust files pin: change none without a new contract name.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const solc = require('solc');

const names = ['Anchors', 'Governance', 'Registry'];
// Storage positions that verifiers rely on.
const positions = {
  Anchors: ['checkpoints', 'writers', 'governor', 'endings', 'seats'],
  Governance: [],
  Registry: ['sites', 'gateways', 'signers', 'ruleSets', 'grants'],
};
const file = (name) => path.join(__dirname, name);
const sources = {};
for (const name of names) sources[name + '.sol'] = { content: fs.readFileSync(file(name + '.sol'), 'utf8') };

const input = {
  language: 'Solidity',
  sources,
  settings: {
    evmVersion: 'london',
    optimizer: { enabled: true, runs: 1000000 },
    // No metadata: a comment must not change the code hash.
    metadata: { appendCBOR: false, bytecodeHash: 'none' },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'storageLayout', 'evm.deployedBytecode.immutableReferences'] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
const faults = output.errors || [];
for (const e of faults) process.stderr.write(e.formattedMessage);
if (faults.length > 0) process.exit(1);

for (const name of names) {
  const contract = output.contracts[name + '.sol'][name];
  positions[name].forEach((label, i) => {
    const v = contract.storageLayout.storage.find((v) => v.label === label);
    if (!v || v.slot !== String(i)) {
      process.stderr.write(`${name}: ${label} is not at storage position ${i}, where verifiers expect it\n`);
      process.exit(1);
    }
  });
  if (Object.keys(contract.evm.deployedBytecode.immutableReferences || {}).length > 0) {
    process.stderr.write(`${name}: an immutable would make the code hash differ from one deployment to the next\n`);
    process.exit(1);
  }
  fs.writeFileSync(file(name + '.abi.json'), JSON.stringify(contract.abi, null, 1) + '\n');
  fs.writeFileSync(file(name + '.bin'), contract.evm.bytecode.object + '\n');
  fs.writeFileSync(file(name + '.runtime.bin'), contract.evm.deployedBytecode.object + '\n');
}
