/** Fields of the manifest, or nothing if none is set: an empty object is something for GitOps to quarrel about. */
export const written = <T extends object>(fields: T): T | undefined =>
  Object.values(fields).some((value) => value !== undefined) ? fields : undefined;
