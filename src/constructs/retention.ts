import { DEFAULTS } from '../api';

/** How many snapshots are kept. A snapshot stays as long as any of the fields keeps it. */
export interface RetentionOptions {
  /**
   * The newest n snapshots.
   * @default - none is kept for this
   */
  readonly last?: number;
  /**
   * The newest snapshot of each of the last n hours that have one.
   * @default - none is kept for this
   */
  readonly hourly?: number;
  /**
   * The newest snapshot of each of the last n days that have one.
   * @default - none is kept for this
   */
  readonly daily?: number;
  /**
   * The newest snapshot of each of the last n weeks that have one.
   * @default - none is kept for this
   */
  readonly weekly?: number;
  /**
   * The newest snapshot of each of the last n months that have one.
   * @default - none is kept for this
   */
  readonly monthly?: number;
  /**
   * The newest snapshot of each of the last n years that have one.
   * @default - none is kept for this
   */
  readonly yearly?: number;
}

/** How long snapshots of an item are kept. A retention that would keep nothing fails the synthesis. */
export class Retention {
  /** Grandfather, father, son: 7 daily, 6 weekly, 6 monthly, 1 yearly. */
  static gfs(): Retention {
    return new Retention(DEFAULTS.retention);
  }

  /** As written; at least one field must be 1 or more. */
  static of(options: RetentionOptions): Retention {
    return new Retention(options);
  }

  /** The numbers, as the manifest has them. */
  readonly policy: RetentionOptions;

  private constructor(options: RetentionOptions) {
    const { last, hourly, daily, weekly, monthly, yearly } = options;
    this.policy = { last, hourly, daily, weekly, monthly, yearly };
  }

  /** What is wrong with it, in sentences. @internal */
  problems(): string[] {
    const given = Object.entries(this.policy).filter(([, value]) => value !== undefined);
    const wrong = given.filter(([, value]) => !Number.isSafeInteger(value) || value < 0);
    if (wrong.length > 0) {
      return wrong.map(([name, value]) => `retention.${name} is ${value}: use a whole number, 0 or more.`);
    }
    return given.some(([, value]) => value > 0)
      ? []
      : [
          'retention is empty and would keep no snapshot: set at least one of last, hourly, daily, weekly, monthly, yearly to 1 or more, or use Retention.gfs().',
        ];
  }
}
