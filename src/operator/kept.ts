import type { ServiceBackup } from '../api/kinds';

/**
 * What the API server answered to our last write of a ServiceBackup: the next step of its run needs no GET. It may have become old,
 * but nothing is done then: every decision is written first, under its resourceVersion. And which versions are our own: their echo
 * in the watch is no news.
 */
export class Kept {
  private readonly objects = new Map<string, ServiceBackup>();
  /** Versions that we wrote, and that the mirror has not seen yet. */
  private readonly echoes = new Map<string, string[]>();
  /** Of keys that are being written at this moment: what was seen meanwhile. '': that it is gone. */
  private readonly writing = new Map<string, string[]>();
  private readonly onNews: (key: string) => void;

  /** `onNews`: somebody else has written it, or may have. */
  constructor(onNews: (key: string) => void = () => {}) {
    this.onNews = onNews;
  }

  get size(): { objects: number; echoes: number; writing: number } {
    return { objects: this.objects.size, echoes: this.echoes.size, writing: this.writing.size };
  }

  get(key: string): ServiceBackup | undefined {
    return this.objects.get(key);
  }

  forget(key: string): void {
    this.objects.delete(key);
  }

  clear(): void {
    this.objects.clear();
    this.echoes.clear();
  }

  /** The mirror has seen this version; '': it is gone. */
  seen(key: string, version: string): void {
    const meanwhile = this.writing.get(key);
    // The echo may come before the answer, which alone says which version is ours.
    if (meanwhile) meanwhile.push(version);
    else if (!this.isEcho(key, version)) this.news(key);
  }

  async write(key: string, put: () => Promise<ServiceBackup>): Promise<ServiceBackup> {
    const meanwhile: string[] = [];
    this.writing.set(key, meanwhile);
    this.objects.delete(key);
    try {
      const written = await put();
      this.objects.set(key, withoutManagers(written));
      const before = written.metadata.resourceVersion;
      if (before) this.echoes.set(key, [...(this.echoes.get(key) ?? []), before]);
      return written;
    } finally {
      this.writing.delete(key);
      for (const version of meanwhile) this.seen(key, version);
    }
  }

  private isEcho(key: string, version: string): boolean {
    const ours = this.echoes.get(key) ?? [];
    const at = ours.indexOf(version);
    if (at < 0) return false;
    // Watches are in order: what was written before is not seen any more.
    const left = ours.slice(at + 1);
    if (left.length > 0) this.echoes.set(key, left);
    else this.echoes.delete(key);
    return true;
  }

  private news(key: string): void {
    this.objects.delete(key);
    this.echoes.delete(key);
    this.onNews(key);
  }
}

/** Who set which field is no concern of ours, and half of the object. */
function withoutManagers(object: ServiceBackup): ServiceBackup {
  const { managedFields: _, ...metadata } = object.metadata as ServiceBackup['metadata'] & {
    managedFields?: unknown;
  };
  return { ...object, metadata };
}
