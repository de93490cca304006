// Compiles Anchors.sol with the pinned solc and writes Anchors.abi.json, Anchors.bin and Anchors.runtime.bin
// beside it. The settings decide the code hash that trust files pin: change none without a new contract name.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const solc = require('solc');

const name = 'Anchors';
const file = (suffix) => path.join(__dirname, name + suffix);

const input = {
  language: 'Solidity',
  sources: { [name + '.sol']: { content: fs.readFileSync(file('.sol'), 'utf8') } },
  settings: {
    evmVersion: 'london',
    optimizer: { enabled: true, runs: 1000000 },
    // No metadata: a comment must not change the code hash.
    metadata: { appendCBOR: false, bytecodeHash: 'none' },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'storageLayout'] } },
  },
};

const output = JSON.parse(solc.compile(JSON.stringify(input)));
for (const e of output.errors || []) {
  process.stderr.write(e.formattedMessage);
}
if ((output.errors || []).length > 0) {
  process.exit(1);
}

const contract = output.contracts[name + '.sol'][name];
const first = contract.storageLayout.storage.find((v) => v.label === 'checkpoints');
if (first.slot !== '0') {
  process.stderr.write(`checkpoints is at storage position ${first.slot}; verifiers expect it at 0\n`);
  process.exit(1);
}

fs.writeFileSync(file('.abi.json'), JSON.stringify(contract.abi, null, 1) + '\n');
fs.writeFileSync(file('.bin'), contract.evm.bytecode.object + '\n');
fs.writeFileSync(file('.runtime.bin'), contract.evm.deployedBytecode.object + '\n');
