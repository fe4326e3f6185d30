/** A bill of materials as CycloneDX 1.5 has it; of a component only what is read here. */
export interface Bom {
  serialNumber?: string;
  metadata: { timestamp?: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
  [word: string]: unknown;
}

interface Component {
  'bom-ref': string;
  type: string;
  name: string;
  version: string;
  properties?: { name: string; value: string }[];
  [word: string]: unknown;
}

/** npm's mark of what is there for developers alone. */
const DEVELOPMENT = 'cdx:npm:package:development';
const INLINED = 'service-backup:inlined';

/**
 * What a release is made of: of all that npm installed in the repository (`npm sbom`), what is installed with the package, and what is
 * inlined in its programs, which npm takes for tools of developers; besides, the images that a cluster pulls. It has neither the time
 * nor the number of its making: the same release, the same bytes.
 */
export function releaseBom(
  all: Bom,
  release: { name: string; inlined: readonly string[]; images: readonly string[] },
): Bom {
  const inlined = new Set(release.inlined);
  const missing = release.inlined.filter((ref) => !all.components.some((c) => c['bom-ref'] === ref));
  if (missing.length > 0)
    throw new Error(
      `package-lock.json does not have ${missing.join(', ')}, of which the programs are built: run \`npm ci\`.`,
    );
  const packages = all.components
    .filter((component) => inlined.has(component['bom-ref']) || !isForDevelopers(component))
    .map((component) => (inlined.has(component['bom-ref']) ? marked(component) : component));
  const images = release.images.map(imageComponent);
  const kept = new Set([...packages, ...images].map((component) => component['bom-ref']));
  const { serialNumber: _, metadata, ...rest } = all;
  const { timestamp: __, ...told } = metadata;
  const own = metadata.component['bom-ref'];
  return {
    ...rest,
    // npm calls it after the directory.
    metadata: { ...told, component: { ...metadata.component, name: release.name } },
    components: [...packages, ...images],
    dependencies: all.dependencies
      .filter(({ ref }) => ref === own || kept.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) })),
  };
}

const isForDevelopers = ({ properties = [] }: Component): boolean =>
  properties.some(({ name }) => name === DEVELOPMENT);

const marked = (component: Component): Component => ({
  ...component,
  properties: [{ name: INLINED, value: 'true' }],
});

function imageComponent(image: string): Component {
  const [, name = image, version = 'latest'] = /^(.+?)(?:[:@]([^/]+))?$/.exec(image) ?? [];
  return {
    'bom-ref': image,
    type: 'container',
    name,
    version,
    scope: 'required',
    description: 'Pulled by the cluster, not part of the release: what is in it, its publisher says.',
  };
}
