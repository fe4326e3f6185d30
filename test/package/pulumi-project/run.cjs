// Runs the program with Pulumi's mocks, and writes the resources that it declared into resources.json.
const { writeFileSync } = require('node:fs');
const { runtime } = require('@pulumi/pulumi');

const resources = [];
runtime.setMocks({
  call: ({ inputs }) => inputs,
  newResource: ({ type, name, inputs }) => {
    resources.push({ type, name, inputs });
    return { id: `${name}-id`, state: inputs };
  },
});
process.on('exit', () => writeFileSync('resources.json', JSON.stringify(resources)));
require('./bin/index.js');
