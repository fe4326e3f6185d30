// Runs the program with Pulumi's mocks, and prints the resources that it declared.
const { runtime } = require('@pulumi/pulumi');

const resources = [];
runtime.setMocks({
  call: ({ inputs }) => inputs,
  newResource: ({ type, name, inputs }) => {
    resources.push({ type, name, inputs });
    return { id: `${name}-id`, state: inputs };
  },
});
process.on('exit', () => console.log(JSON.stringify(resources)));
require('./bin/index.js');
