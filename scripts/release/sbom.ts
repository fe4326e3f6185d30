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

const INLINED = 'service-backup:inlined';

/** What a release is made of, besides our own code. */
export interface Release {
  name: string;
  /** Packages that are installed with it, by their names; what they need is found. */
  dependencies: readonly string[];
  /** Packages whose code is in its programs, as `name@version`. */
  inlined: readonly string[];
  /** Images that a cluster pulls. */
  images: readonly string[];
}

/**
 * Of all that npm installed in the repository (`npm sbom`), what the release is made of. npm's own marks are not believed: a package
 * that is there twice, for users and within a tool of developers, it tells of as the tool's. Neither the time nor the number
 * of the making is told: the same release, the same bytes.
 */
export function releaseBom(all: Bom, { name, dependencies, inlined, images }: Release): Bom {
  const { serialNumber: _, metadata, ...rest } = all;
  const { timestamp: __, ...told } = metadata;
  const own = metadata.component['bom-ref'];
  const neededBy = new Map(all.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const needs = (ref: string) => neededBy.get(ref) ?? [];

  const installed = new Set(
    needs(own).filter((ref) => dependencies.some((dependency) => ref.startsWith(`${dependency}@`))),
  );
  for (const ref of installed) for (const other of needs(ref)) installed.add(other);
  const packages = [...new Set([...installed, ...inlined])].sort().map((ref): Component => {
    const found = all.components.find((component) => component['bom-ref'] === ref);
    if (!found)
      throw new Error(
        `package-lock.json does not have ${ref}, of which the programs are built: run \`npm ci\`.`,
      );
    return { ...found, properties: inlined.includes(ref) ? [{ name: INLINED, value: 'true' }] : [] };
  });
  const kept = new Set([own, ...packages.map((component) => component['bom-ref'])]);
  return {
    ...rest,
    // npm calls it after the directory.
    metadata: { ...told, component: { ...metadata.component, name } },
    components: [...packages, ...images.map(imageComponent)],
    dependencies: all.dependencies
      .filter(({ ref }) => kept.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) })),
  };
}

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
