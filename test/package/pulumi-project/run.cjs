// Runs a program with Pulumi's mocks, and writes the resources that it declared into resources.json.
const { writeFileSync } = require('node:fs');
const { runtime } = require('@pulumi/pulumi');

const resources = [];
runtime.setMocks({
  call: ({ inputs }) => inputs,
  newResource: ({ type, name, inputs, id = '' }) => {
    resources.push({ type, name, inputs, imported: id });
    // What providers know of buckets and users.
    const made = { arn: `arn of ${name}`, name: `name of ${name}`, secret: `secret of ${name}` };
    return { id: `${name}-id`, state: { ...made, ...inputs } };
  },
});
process.on('exit', () => writeFileSync('resources.json', JSON.stringify(resources)));
require(process.argv[2]);
